"""A connection to one bucket with somebody's account, that asks once and says what a failure means."""

import threading
from collections.abc import Callable, Iterator
from functools import cache, cached_property
from typing import Any, TypeVar

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.remotes.bandwidth import PIECE_BYTES, BandwidthLimit
from audobon_cli.remotes.options import S3Options
from audobon_cli.remotes.retry import RemoteRetries, TransientRemoteError
from audobon_cli.remotes.s3.errors import (
    S3Refusal,
    elsewhere,
    endpoint_invalid,
    explain,
    login_refused,
    profile_missing,
    refusal_of,
    region_invalid,
    unreachable,
)
from audobon_cli.settings.proxies import require_usable_proxies
from audobon_cli.transfer.http import broken_off

T = TypeVar("T")

CONNECTIONS = 32
"""As many as threads may transfer at once; a connection is kept for the next request."""


class S3Answered(Exception):
    """The server refused; whoever asked may know better than `explain` what that means."""

    def __init__(self, refusal: S3Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


class S3Body:
    """Bytes as urllib3 sends them, at a pace; Content-Length is among the headers already."""

    def __init__(self, content: bytes, pace: BandwidthLimit) -> None:
        self._content = memoryview(content)
        self._pace = pace

    def __iter__(self) -> Iterator[memoryview]:
        for start in range(0, len(self._content), PIECE_BYTES):
            piece = self._content[start : start + PIECE_BYTES]
            self._pace.take(len(piece))
            yield piece


class S3Connection:
    """botocore's client for one bucket, with its own retries off. Looks for credentials at the first request."""

    def __init__(
        self, bucket: str, address: str, options: S3Options, retries: RemoteRetries, pace: BandwidthLimit
    ) -> None:
        self.bucket = bucket
        self.address = address
        self.options = options
        self.retries = retries
        self._pace = pace
        self._login = threading.RLock()

    @cached_property
    def client(self) -> Any:
        """botocore's S3 client. Raises InvalidInput, RemoteLoginRefused, RemoteFailed."""
        try:
            import botocore.session
            from botocore import exceptions as aws
            from botocore.config import Config
        except ImportError as error:
            raise InvalidInput("Places in S3 need an extra.", hint="pip install 'audobon-cli[s3]'") from error
        options = self.options
        config = Config(
            connect_timeout=self.retries.connect_seconds,
            read_timeout=self.retries.stall_seconds,
            max_pool_connections=CONNECTIONS,
            retries={"total_max_attempts": 1, "mode": "standard"},
            s3={"addressing_style": options.addressing} if options.addressing else None,
            # What servers of others do not know yet; each object's CRC32C is sent by us.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        try:
            session = botocore.session.Session(profile=options.profile or None)
            session.register_component("data_loader", _service_models())
            client = session.create_client(
                "s3",
                region_name=options.region or None,
                endpoint_url=options.endpoint or None,
                config=config,
            )
        except aws.ProfileNotFound as error:
            raise profile_missing(self.address, options.profile) from error
        except aws.InvalidRegionError as error:
            raise region_invalid(self.address, str(error)) from error
        except ValueError as error:
            raise endpoint_invalid(self.address, options.endpoint or str(error)) from error
        except aws.BotoCoreError as error:
            raise login_refused(self.address, _first_line(error)) from error
        if self._pace.bytes_per_second:
            client.meta.events.register("before-send.s3", self._slow_down)
        return client

    def ask(self, name: str, **arguments: Any) -> Any:
        """The answer to one call of the client, on this bucket. Raises S3Answered or TransientRemoteError, and once for
        all RemoteLoginRefused, RemoteFailed."""
        return self.run(lambda: getattr(self.client, name)(Bucket=self.bucket, **arguments))

    def run(self, call: Callable[[], T]) -> T:
        """What ``call`` returns, which talks to the server. Raises as `ask`."""
        with self._login:
            client = self.client  # one thread makes it, for all of them
        require_usable_proxies(client.meta.endpoint_url, socks="")
        import urllib3
        from botocore import exceptions as aws
        from botocore.parsers import ResponseParserError

        try:
            return call()
        except aws.ClientError as error:
            raise S3Answered(refusal_of(error.response)) from error
        except (aws.NoCredentialsError, aws.PartialCredentialsError) as error:
            raise login_refused(self.address, "no credentials are set up") from error
        except (aws.HTTPClientError, aws.ConnectionError, aws.IncompleteReadError) as error:
            raise TransientRemoteError(unreachable(self.address, broken_off(error))) from error
        except ResponseParserError as error:
            raise elsewhere(self.address) from error
        except aws.MetadataRetrievalError as error:
            raise TransientRemoteError(
                unreachable(self.address, "the credentials' own service does not answer")
            ) from error
        except aws.BotoCoreError as error:
            raise login_refused(self.address, _first_line(error)) from error
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise TransientRemoteError(unreachable(self.address, broken_off(error))) from error

    def explain(self, answered: S3Answered) -> Exception:
        """The error for a refusal that has no meaning of its own for whoever asked."""
        return explain(answered.refusal, self.address, self.bucket)

    def close(self) -> None:
        """Close the connections."""
        if "client" in vars(self):
            self.client.close()

    def _slow_down(self, request: Any, **_: Any) -> None:
        if request.body is not None:  # a stream of bytes in memory, at its start
            request.body = S3Body(request.body.read(), self._pace)


@cache
def _service_models() -> Any:
    """What reads botocore's description of S3: a tenth of a second, once for all connections of a process."""
    from botocore.loaders import create_loader

    return create_loader()


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__
