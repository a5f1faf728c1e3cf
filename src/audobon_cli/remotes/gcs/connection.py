"""A connection to Cloud Storage with somebody's account, that asks once and says what a failure means."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any, TypeVar

from audobon_cli.domain.errors import RemoteLoginRefused
from audobon_cli.remotes.gcs.errors import Refusal, explain, login_refused, refusal_of, unreachable
from audobon_cli.remotes.options import GcsOptions
from audobon_cli.remotes.retry import RemoteRetries, TransientRemoteError
from audobon_cli.settings.proxies import require_usable_proxies
from audobon_cli.transfer.google_login import default_credentials
from audobon_cli.transfer.http import broken_off, leave_headers, retry_after_seconds

T = TypeVar("T")

# Lifecycle rules need full_control; what the account may do is bounded by its roles, not by this.
SCOPE = "https://www.googleapis.com/auth/devstorage.full_control"
SOURCE_SCOPE = "https://www.googleapis.com/auth/cloud-platform"
CONNECTIONS = 32
"""As many as threads may transfer at once; a connection is kept for the next request."""
RENEWAL_SECONDS = 60.0
"""A token that is refused is renewed, but not twice in so short a time."""


class Answered(Exception):
    """Cloud Storage refused; whoever asked may know better than `explain` what that means."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


class GcsConnection:
    """google-cloud-storage's client for one bucket, with its own retries off. Logs in at the first request.

    An emulator never gets credentials.
    """

    def __init__(self, bucket: str, address: str, options: GcsOptions, retries: RemoteRetries) -> None:
        self.bucket_name = bucket
        self.address = address
        self.options = options
        self.retries = retries
        self.endpoint = options.access.endpoint or "https://storage.googleapis.com"
        self._login = threading.RLock()
        self._renewed = -RENEWAL_SECONDS

    @property
    def timeout(self) -> tuple[float, float]:
        """For every request: until it is connected, and for which no byte may come or go."""
        return self.retries.connect_seconds, self.retries.stall_seconds

    @cached_property
    def session(self) -> Any:
        """A requests session that signs what it sends. Raises RemoteLoginRefused."""
        from google.auth.transport.requests import AuthorizedSession
        from requests.adapters import HTTPAdapter

        # Its own second try after a 401 would send the rest of a body that was read already.
        session = AuthorizedSession(
            self._credentials(), max_refresh_attempts=0, refresh_timeout=self.retries.stall_seconds
        )
        session.auth = leave_headers
        adapter = HTTPAdapter(pool_connections=4, pool_maxsize=CONNECTIONS)
        session.mount("https://", adapter)
        session.mount("http://", adapter)
        return session

    @cached_property
    def client(self) -> Any:
        """google.cloud.storage.Client."""
        from google.cloud import storage

        client = storage.Client(
            project=self.options.project or "none",
            credentials=self.session.credentials,
            _http=self.session,
            client_options={"api_endpoint": self.endpoint},
        )
        # It would ask for the bucket itself on a thread, for traces that nobody takes; that needs a right of
        # its own, is not billed to the project, and outlives the session.
        client._bucket_metadata_cache = None
        return client

    @cached_property
    def bucket(self) -> Any:
        """google.cloud.storage.Bucket, of which nothing has been asked."""
        return self.client.bucket(self.bucket_name, user_project=self.options.project or None)

    def ask(self, call: Callable[[], T]) -> T:
        """What ``call`` returns, which uses client, bucket or session. Raises Answered or TransientRemoteError.

        An account whose token is refused is asked for a new one once in a while; TransientRemoteError then.
        """
        import requests
        from google.api_core.exceptions import GoogleAPICallError
        from google.auth.exceptions import GoogleAuthError

        require_usable_proxies(self.endpoint)
        with self._login:
            _ = self.bucket  # one thread logs in, for all of them
        try:
            return call()
        except GoogleAPICallError as error:
            raise self._answered(int(error.code or 0), error.response) from error
        except requests.exceptions.InvalidJSONError as error:
            raise TransientRemoteError(unreachable(self.address, "the answer was no JSON")) from error
        except (requests.RequestException, OSError) as error:
            raise TransientRemoteError(unreachable(self.address, broken_off(error))) from error
        except GoogleAuthError as error:
            raise self._explain_login(error) from error

    @contextlib.contextmanager
    def send(
        self, method: str, url: str, headers: Mapping[str, str], query: Mapping[str, str], body: Any = None
    ) -> Iterator[Any]:
        """The response to one request whose body is read by its caller. Raises Answered or TransientRemoteError.

        Statuses below 400 and 416 are given; so is 308, which is no redirect in this protocol.
        """
        import requests
        import urllib3

        response = self.ask(
            lambda: self.session.request(
                method,
                url,
                params=query,
                data=body,
                headers=dict(headers),
                timeout=self.timeout,
                stream=True,
                allow_redirects=False,
            )
        )
        with response:
            try:
                if response.status_code >= 400 and response.status_code != 416:
                    raise self._answered(response.status_code, response)
                yield response
            except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
                raise TransientRemoteError(unreachable(self.address, broken_off(error))) from error

    def explain(self, answered: Answered) -> Exception:
        """The error for a refusal that has no meaning of its own for whoever asked."""
        return explain(answered.refusal, self.address, self.bucket_name)

    def close(self) -> None:
        """Close the connections."""
        if "session" in vars(self):
            self.session.close()

    def _answered(self, status: int, response: Any) -> Exception:
        if response is None:
            return Answered(refusal_of(status, ""))
        if status == 401 and self._renew(response.request.headers.get("Authorization", "")):
            return TransientRemoteError(login_refused(self.address))
        wait = retry_after_seconds(response.headers.get("Retry-After"))
        return Answered(refusal_of(status, response.text, wait))

    def _renew(self, authorization: str) -> bool:
        """Whether there is, or will be by the next request, another token than the one that was refused."""
        used = authorization.removeprefix("Bearer ")
        with self._login:
            credentials = self.session.credentials
            if not used or used != credentials.token:
                return bool(used)
            if time.monotonic() < self._renewed + RENEWAL_SECONDS:
                return False
            self._renewed = time.monotonic()
            credentials.token = None
            return True

    def _explain_login(self, error: Exception) -> Exception:
        from google.auth import exceptions

        if isinstance(error, exceptions.TransportError) or getattr(error, "retryable", False):
            return TransientRemoteError(
                unreachable(self.address, "Google could not be asked for an access token")
            )
        if "getAccessToken" in str(error):
            return RemoteLoginRefused(
                f"The Google account set up here may not act as {self._acts_as}.",
                hint="have somebody give it roles/iam.serviceAccountTokenCreator on that service account",
                address=self.address,
            )
        return login_refused(self.address)

    @property
    def _acts_as(self) -> str:
        return self.options.impersonate or self.options.access.impersonate

    def _credentials(self) -> Any:
        from google.auth import impersonated_credentials
        from google.auth.credentials import AnonymousCredentials
        from google.auth.exceptions import GoogleAuthError

        if self.options.access.emulator:
            return AnonymousCredentials()
        scope = SOURCE_SCOPE if self._acts_as else SCOPE
        try:
            credentials = self._own_credentials(scope)
        except (GoogleAuthError, OSError, ValueError) as error:
            raise login_refused(self.address, _why_no_account(error)) from error
        if self._acts_as:
            return impersonated_credentials.Credentials(credentials, self._acts_as, [SCOPE])
        return credentials

    def _own_credentials(self, scope: str) -> Any:
        if self.options.credentials_file is None:
            return default_credentials(scope)
        from google.oauth2.service_account import Credentials

        return Credentials.from_service_account_file(str(self.options.credentials_file), scopes=[scope])


def _why_no_account(error: Exception) -> str:
    if "were not found" in str(error):  # google.auth's own words go on for three lines
        return "no account is set up"
    why = str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__
    return f"its credentials cannot be read ({why})"
