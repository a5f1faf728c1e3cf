"""Google Cloud Storage: what lies under a prefix, and the bytes of one generation of an object."""

import base64
import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import quote

from audobon_cli.domain.errors import (
    DownloadCorrupt,
    ModelUnsupported,
    SourceFailed,
    SourceGated,
    SourceNotFound,
)
from audobon_cli.domain.foreign.documents import parse_json
from audobon_cli.transfer.checksums import Checksum
from audobon_cli.transfer.download import ResponseBody
from audobon_cli.transfer.google_login import GcsLogin
from audobon_cli.transfer.http import CONNECT_SECONDS, STALL_SECONDS, body_of
from audobon_cli.transfer.retry import RetryPolicy, retry_source

T = TypeVar("T")

ASK_SECONDS = 15.0
MOST_OBJECTS = 20_000
READINGS = 3
"""How often a small object is read that comes otherwise than it is stored."""
"""A model has some dozens of files; more than this is a bucket of other things."""
FIELDS = "items(name,size,generation,md5Hash,crc32c,contentEncoding),nextPageToken"


@dataclass(frozen=True, slots=True)
class GcsObject:
    """One generation of an object: ``name`` is the whole name in the bucket, ``path`` what follows the prefix.

    ``generation`` is "" from emulators that know none; ``version`` names the content either way.
    ``compressed``: its bytes are a gzip stream of the file.
    """

    bucket: str
    name: str
    path: str
    size_bytes: int
    generation: str
    checksum: Checksum | None
    compressed: bool = False

    @property
    def version(self) -> str:
        """The generation, or the published digest in its place."""
        return self.generation or (self.checksum.value if self.checksum else "")


@dataclass(frozen=True, slots=True)
class GcsOrigin:
    """The bytes of one generation of an object, as transfer.download.Origin."""

    bucket: str
    name: str
    generation: str
    login: GcsLogin = field(repr=False)
    stall_seconds: float = STALL_SECONDS

    @property
    def address(self) -> str:
        """The object in gsutil's way of writing."""
        return f"gs://{self.bucket}/{self.name}" + (f"#{self.generation}" if self.generation else "")

    @contextlib.contextmanager
    def open(self, start: int, validator: str) -> Iterator[ResponseBody]:
        """See Origin.open; the generation is the version of the content, whatever ``validator`` says."""
        with contextlib.ExitStack() as stack:
            response = stack.enter_context(self._answer(start))
            yield body_of(response, start)

    def _answer(self, start: int) -> Any:
        """The response to a request for the bytes from ``start`` on; once more with an account if need be."""
        try:
            return self._ask(start)
        except SourceGated:
            if not self.login.step_up(self.address):
                raise
            return self._ask(start)

    def _ask(self, start: int) -> Any:
        import requests
        from google.auth.exceptions import GoogleAuthError

        url = f"{self.login.endpoint}/download/storage/v1/b/{self.bucket}/o/{quote(self.name, safe='')}"
        query = {"alt": "media", "generation": self.generation, "userProject": self.login.project}
        # gzip: what is stored compressed comes as it is stored, the only form whose digest is published.
        headers = {"Accept-Encoding": "gzip"}
        if start:
            headers["Range"] = f"bytes={start}-"
        session = self.login.session()
        try:
            response = session.get(
                url,
                params={key: value for key, value in query.items() if value},
                headers=headers,
                stream=True,
                timeout=(CONNECT_SECONDS, self.stall_seconds),
            )
        except (requests.RequestException, GoogleAuthError) as error:
            session.close()
            raise self.login.explain(error, self.address) from error
        if response.status_code in (200, 206, 416):
            return _Closing(response, session)
        with session, response:
            raise self._refused(response)

    def _refused(self, response: Any) -> Exception:
        if response.status_code == 404 and self.generation:
            return SourceNotFound(
                f"{self.address} is gone: the object was replaced or deleted in its bucket.",
                hint="`audobon models update` takes what is there now; a new pull starts with a new list",
                address=self.address,
            )
        return self.login.refusal(response.status_code, _reason(response.content), self.address)


class _Closing:
    """A response that closes its session, too."""

    def __init__(self, response: Any, session: Any) -> None:
        self._response = response
        self._session = session

    def __enter__(self) -> Any:
        return self._response

    def __exit__(self, *_: object) -> None:
        self._response.close()
        self._session.close()


class Gcs:
    """Cloud Storage as ``login`` reaches it. Makes no connection until it is asked something.

    Every method raises SourceGated, SourceNotFound, SourceTokenRefused, SourceRateLimited,
    SourceUnreachable or SourceFailed.
    """

    def __init__(self, login: GcsLogin, retries: RetryPolicy | None = None) -> None:
        self.login = login
        self.retries = retries or RetryPolicy()

    def list(self, bucket: str, prefix: str) -> tuple[GcsObject, ...]:
        """The objects in the folder ``prefix`` of the bucket ("" for all of it), or the one of that name.

        Raises also ModelUnsupported when there are far more than a model has.
        """
        place = f"gs://{bucket}/{prefix}".rstrip("/")
        found = self._listed(bucket, prefix, place)
        if not found:
            raise SourceNotFound(
                f"There is nothing at {place}.",
                hint=f"check the spelling; `gcloud storage ls gs://{bucket}` lists what there is",
                address=place,
            )
        return found

    def origin(self, found: GcsObject) -> GcsOrigin:
        """Where the bytes of an object come from."""
        return GcsOrigin(found.bucket, found.name, found.generation, self.login)

    def read_json(self, found: GcsObject) -> dict[str, Any]:
        """A small JSON object, not kept on disk, checked against the digest that the list gave.

        Raises also DownloadCorrupt when it comes otherwise each time.
        """
        origin = self.origin(found)

        def read() -> bytes:
            with origin.open(0, "") as body:
                return b"".join(body.chunks)

        for _ in range(READINGS):
            content = retry_source(read, origin.address, self.retries)
            if found.checksum is None or found.checksum.is_of(content):
                break
        else:
            raise DownloadCorrupt(
                f"{origin.address} does not arrive as it is stored: its digest differs each time.",
                hint="run the same command again; a proxy on the way may change what passes",
                address=origin.address,
            )
        try:
            data = parse_json(content, lenient=True)
        except ValueError as error:
            raise SourceFailed(f"{origin.address} is not valid JSON.", hint="upload it again") from error
        if not isinstance(data, dict):
            raise SourceFailed(f"{origin.address} is not a JSON object.", hint="upload it again")
        return data

    def _listed(self, bucket: str, prefix: str, place: str) -> tuple[GcsObject, ...]:
        def ask() -> tuple[GcsObject, ...]:
            try:
                return self._ask(place, lambda: self._pages(bucket, prefix, place))
            except SourceGated:
                if not self.login.step_up(place):
                    raise
                return self._ask(place, lambda: self._pages(bucket, prefix, place))

        return retry_source(ask, place, self.retries)

    def _pages(self, bucket: str, prefix: str, place: str) -> tuple[GcsObject, ...]:
        from google.cloud import storage

        session = self.login.session()
        with contextlib.closing(session):
            client = storage.Client(
                project=self.login.project or "none",
                credentials=self.login.credentials,
                _http=session,
                client_options={"api_endpoint": self.login.endpoint},
            )
            # It would ask for the bucket itself on a thread, for traces that nobody takes; that needs a right
            # of its own, is not billed to the project, and outlives the session.
            client._bucket_metadata_cache = None
            blobs = client.list_blobs(
                client.bucket(bucket, user_project=self.login.project or None),
                prefix=prefix or None,
                fields=FIELDS,
                timeout=(ASK_SECONDS, ASK_SECONDS),
                retry=None,
            )
            found = []
            for number, blob in enumerate(blobs):
                if number == MOST_OBJECTS:
                    raise ModelUnsupported(
                        f"{place} holds more than {MOST_OBJECTS} objects: that is no model.",
                        hint="name the folder that model_index.json lies in",
                    )
                path = _path(str(blob.name), prefix)
                if path:
                    found.append(_object(bucket, path, blob))
            return tuple(found)

    def _ask(self, place: str, ask: Callable[[], T]) -> T:
        import requests
        from google.api_core.exceptions import GoogleAPICallError
        from google.auth.exceptions import GoogleAuthError

        try:
            return ask()
        except GoogleAPICallError as error:
            raise self.login.refusal(int(error.code or 0), str(error.message), place) from error
        except (requests.RequestException, GoogleAuthError) as error:
            raise self.login.explain(error, place) from error


def _path(name: str, prefix: str) -> str:
    """The object's path below ``prefix``; "" for what is beside it, and for markers of empty folders."""
    if name.endswith("/"):
        return ""
    if name == prefix:
        return name.rpartition("/")[2]
    below = f"{prefix}/" if prefix else ""
    return name.removeprefix(below) if name.startswith(below) else ""


def _object(bucket: str, path: str, blob: Any) -> GcsObject:
    checksum = None
    if blob.md5_hash or blob.crc32c:
        algorithm, value = ("md5", blob.md5_hash) if blob.md5_hash else ("crc32c", blob.crc32c)
        checksum = Checksum(algorithm, base64.b64decode(value).hex())
    generation = "" if blob.generation is None else str(blob.generation)
    compressed = blob.content_encoding == "gzip"
    return GcsObject(bucket, str(blob.name), path, int(blob.size or 0), generation, checksum, compressed)


def _reason(body: bytes) -> str:
    """Cloud Storage's own words in an answer, "" if there are none."""
    try:
        return str(parse_json(body, lenient=True)["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return ""
