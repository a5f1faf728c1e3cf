"""Asking the Hugging Face hub what a repository holds. Files themselves come through http_origin."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import quote

from audobon_cli.domain.errors import (
    AudobonError,
    SourceFailed,
    SourceGated,
    SourceNotFound,
    SourceRevisionNotFound,
)
from audobon_cli.domain.foreign.documents import parse_json
from audobon_cli.settings.hub import HubAccess
from audobon_cli.settings.proxies import OF_HTTPX, require_usable_proxies
from audobon_cli.transfer.checksums import Checksum
from audobon_cli.transfer.http import TRANSIENT_STATUSES, HttpOrigin, refusal, retry_after_seconds
from audobon_cli.transfer.retry import RetryPolicy, Transient, retry_source

T = TypeVar("T")

ASK_SECONDS = 15.0
SMALL_BYTES = 4 << 20
HEX = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class HubFile:
    """A file of a repository. Large (LFS) files are published with a SHA-256, others as git blobs."""

    path: str
    size_bytes: int
    checksum: Checksum


@dataclass(frozen=True, slots=True)
class HubRepository:
    """One commit of a repository; ``licence`` is what its card says, "unknown" if nothing."""

    name: str
    commit: str
    licence: str
    files: tuple[HubFile, ...]

    def file(self, path: str) -> HubFile | None:
        """The file of that path."""
        return next((file for file in self.files if file.path == path), None)


class Hub:
    """The hub as ``access`` describes it. Makes no connection until it is asked something.

    Every method raises SourceGated, SourceNotFound, SourceRevisionNotFound, SourceTokenRefused,
    SourceRateLimited, SourceUnreachable or SourceFailed.
    """

    def __init__(self, access: HubAccess, retries: RetryPolicy | None = None) -> None:
        self.access = access
        self.retries = retries or RetryPolicy()

    def repository(self, name: str, revision: str) -> HubRepository:
        """The commit that ``revision`` names now, and its files."""
        from huggingface_hub import HfApi
        from huggingface_hub.hf_api import RepoFile

        api = HfApi(endpoint=self.access.endpoint, token=self.access.token or False)
        info = self._ask(name, revision, lambda: api.model_info(name, revision=revision, timeout=ASK_SECONDS))
        commit = str(info.sha)
        if not HEX.fullmatch(commit):
            raise _nonsense(self._page(name), "names no commit")
        tree = self._ask(
            name, revision, lambda: list(api.list_repo_tree(name, recursive=True, revision=commit))
        )
        files = tuple(self._file(name, entry) for entry in tree if isinstance(entry, RepoFile))
        card = getattr(info, "card_data", None)
        licence = getattr(card, "license_name", None) or getattr(card, "license", None)
        return HubRepository(name, commit, str(licence or "unknown"), files)

    def who_am_i(self) -> str:
        """The name of the account that the token belongs to."""
        from huggingface_hub import HfApi

        api = HfApi(endpoint=self.access.endpoint, token=self.access.token or False)
        account = self._ask("api/whoami-v2", "", api.whoami)
        name = account.get("name") if isinstance(account, dict) else None
        if not isinstance(name, str) or not name:
            raise _nonsense(self.access.endpoint, "does not say whose the token is")
        return name

    def origin(self, name: str, commit: str, path: str) -> HttpOrigin:
        """Where the bytes of a file come from."""
        return HttpOrigin(
            f"{self.access.endpoint}/{name}/resolve/{commit}/{quote(path)}", token=self.access.token
        )

    def read_json(self, repository: HubRepository, path: str) -> dict[str, Any]:
        """A small JSON object of the repository, not kept on disk."""
        origin = self.origin(repository.name, repository.commit, path)

        def read() -> bytes:
            data = b""
            with origin.open(0, "") as body:
                for chunk in body.chunks:
                    data += chunk
                    if len(data) > SMALL_BYTES:
                        raise _nonsense(origin.address, "is far too large")
            if body.total_bytes is not None and len(data) < body.total_bytes:
                raise Transient("the answer was cut short")
            return data

        try:
            found = parse_json(retry_source(read, origin.address, self.retries), SMALL_BYTES, lenient=True)
        except ValueError as error:
            raise _nonsense(origin.address, "is not valid JSON") from error
        if not isinstance(found, dict):
            raise _nonsense(origin.address, "is not a JSON object")
        return found

    def _file(self, name: str, entry: Any) -> HubFile:
        checksum = Checksum("git-sha1", str(entry.blob_id))
        size = entry.size
        if entry.lfs is not None:
            checksum, size = Checksum("sha256", str(entry.lfs.sha256)), entry.lfs.size
        # The digest becomes a file name here, so it must be one.
        if not HEX.fullmatch(checksum.value) or not isinstance(size, int):
            raise _nonsense(self._page(name), f"lists {entry.path!r} without a digest or size")
        return HubFile(str(entry.path), size, checksum)

    def _page(self, name: str) -> str:
        return f"{self.access.endpoint}/{name}"

    def _ask(self, name: str, revision: str, ask: Callable[[], T]) -> T:
        from huggingface_hub import errors
        from huggingface_hub.utils import logging

        # It asks for the pages of a tree again itself, and prints that into the view of progress.
        logging.set_verbosity_error()  # type: ignore[no-untyped-call]
        require_usable_proxies(socks=OF_HTTPX)

        def once() -> T:
            try:
                return ask()
            except errors.HTTPError as error:  # type: ignore[attr-defined] # of httpx or httpx2
                raise self._explain(name, revision, error) from error
            except (errors.HFValidationError, ValueError, KeyError, TypeError) as error:
                raise _nonsense(self._page(name), f"answered what is not understood ({error})") from error
            except (ImportError, OSError) as error:
                # From making the client, which reads variables: a file of certificates that holds none.
                raise SourceFailed(
                    f"{self._page(name)} cannot be asked as this environment says: {error}",
                    hint="check SSL_CERT_FILE, HTTPS_PROXY and ALL_PROXY",
                    address=self._page(name),
                ) from error

        return retry_source(once, self._page(name), self.retries)

    def _explain(self, name: str, revision: str, error: Any) -> Exception:
        """What a failed request of huggingface_hub means."""
        from huggingface_hub import errors

        page = self._page(name)
        response = error.response if isinstance(error, errors.HfHubHTTPError) else None
        if response is None:
            return Transient("no connection, or it broke off")
        status = int(response.status_code)
        if status in TRANSIENT_STATUSES:
            wait = retry_after_seconds(response.headers.get("Retry-After"))
            return Transient(f"the hub answered {status}", wait, limited=status == 429)
        if isinstance(error, errors.GatedRepoError):
            return _gated(page)
        if isinstance(error, errors.RevisionNotFoundError):
            return SourceRevisionNotFound(
                f"{page} has no branch, tag or commit {revision!r}.",
                hint=f"leave @{revision} out for the newest, or look at {page}/tree/main",
                revision=revision,
            )
        if isinstance(error, errors.RepositoryNotFoundError) and (status != 401 or not self.access.token):
            return SourceNotFound(
                f"There is no repository {name} at {self.access.endpoint}, or it is private.",
                hint="check the spelling; for a private one `audobon models login` with a token that may read it",
                repository=name,
            )
        found: AudobonError = refusal(status, page, bool(self.access.token), "")
        return found


def _gated(page: str) -> SourceGated:
    return SourceGated(
        f"The licence of {page} must be accepted before its files may be fetched.",
        hint=f"open {page}, accept the licence, then `audobon models login` with a token of that account",
        page=page,
    )


def _nonsense(address: str, fact: str) -> SourceFailed:
    return SourceFailed(f"{address} {fact}.", hint="try again later; check HF_ENDPOINT", address=address)
