"""Who asks Cloud Storage: nobody in particular while that is enough, else the Google account of this machine.

Public buckets are read without credentials. When that is refused, google-auth looks for Application Default
Credentials where every Google tool does: GOOGLE_APPLICATION_CREDENTIALS, ``gcloud auth application-default
login``, the metadata server of a Google machine.
"""

import logging
import threading
import warnings
from typing import Any

from audobon_cli.domain.errors import (
    AudobonError,
    SourceFailed,
    SourceGated,
    SourceNotFound,
    SourceTokenRefused,
)
from audobon_cli.settings.google import GoogleAccess
from audobon_cli.settings.proxies import require_usable_proxies
from audobon_cli.transfer.http import TRANSIENT_STATUSES, broken_off, leave_headers
from audobon_cli.transfer.retry import Transient

READ_ONLY = "https://www.googleapis.com/auth/devstorage.read_only"
REFRESH_SECONDS = 30.0
LOGIN = "run `gcloud auth application-default login`, or set GOOGLE_APPLICATION_CREDENTIALS to a key file"


def default_credentials(scope: str) -> Any:
    """Application Default Credentials. Raises GoogleAuthError, OSError or ValueError."""
    import google.auth

    # What google-auth logs and warns of (no project, no quota project) is nothing that matters here.
    logging.getLogger("google.auth").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return google.auth.default(scopes=[scope])[0]


class GcsLogin:
    """The credentials of one pull; its threads share it.

    ``project`` pays for requests to requester-pays buckets. That takes an account, so with it nothing is
    asked anonymously. An emulator never gets credentials.
    """

    def __init__(self, access: GoogleAccess, project: str = "") -> None:
        from google.auth.credentials import AnonymousCredentials

        self.access = access
        self.project = project
        self.endpoint = access.endpoint or "https://storage.googleapis.com"
        self.credentials: Any = AnonymousCredentials()
        self.anonymous = True
        self._lock = threading.Lock()

    def session(self) -> Any:
        """A requests session that signs what it sends. The caller closes it.

        Raises SourceGated or SourceTokenRefused where an account is needed and none serves.
        """
        from google.auth.transport.requests import AuthorizedSession

        require_usable_proxies(self.endpoint)
        if self.project:
            self.step_up(f"requests billed to {self.project}")
        session = AuthorizedSession(self.credentials, refresh_timeout=REFRESH_SECONDS)
        session.auth = leave_headers
        return session

    def step_up(self, what: str) -> bool:
        """Take the machine's Google account from now on; whether anything changed by that.

        ``what`` is what the account is needed for. Raises SourceGated if there is none.
        """
        from google.auth.exceptions import GoogleAuthError

        with self._lock:
            if not self.anonymous or self.access.emulator:
                return False
            try:
                self.credentials = default_credentials(READ_ONLY)
            except (GoogleAuthError, OSError, ValueError) as error:
                raise SourceGated(
                    f"{what}: this needs a Google account, and none is set up here.",
                    hint=LOGIN,
                    reason=str(error).splitlines()[0] if str(error) else type(error).__name__,
                ) from error
            self.anonymous = False
            return True

    def explain(self, error: Exception, place: str) -> Exception:
        """The error that a failure of requests or of google-auth means; Transient if asking again may help."""
        import requests
        from google.auth import exceptions

        if isinstance(error, exceptions.InvalidOperation):  # anonymous credentials cannot be renewed
            return self.refusal(401, "", place)
        if isinstance(error, exceptions.TransportError | requests.ConnectionError | requests.Timeout):
            return Transient(broken_off(error))
        if isinstance(error, exceptions.GoogleAuthError):
            if getattr(error, "retryable", False):
                return Transient("the Google account could not be asked for a token")
            return SourceTokenRefused(
                f"The Google account set up here was refused: its credentials have expired or were revoked "
                f"({place}).",
                hint=LOGIN,
                address=place,
            )
        return SourceFailed(f"{place} cannot be asked: {type(error).__name__}.", hint="check the address")

    def refusal(self, status: int, reason: str, place: str) -> Exception:
        """The error for an HTTP status of Cloud Storage, whose own words are ``reason``."""
        if status in TRANSIENT_STATUSES:
            return Transient(f"Cloud Storage answered {status}", limited=status == 429)
        if "requester pays" in reason.casefold():
            return SourceGated(
                f"{place} lies in a requester-pays bucket: whoever reads it pays for it.",
                hint="name the Google Cloud project that pays with --project",
                address=place,
            )
        return self._final(status, reason, place)

    def _final(self, status: int, reason: str, place: str) -> AudobonError:
        bucket = place.removeprefix("gs://").partition("/")[0]
        if status == 404:
            return SourceNotFound(
                f"{place} is not there: no such bucket or object.",
                hint=f"check the spelling; `gcloud storage ls gs://{bucket}` lists what there is",
                address=place,
            )
        if status == 403 or (status == 401 and self.anonymous):
            who = "without an account" if self.anonymous else "with the Google account set up here"
            hint = LOGIN
            if not self.anonymous:
                hint = (
                    f"ask the bucket's owner for the role Storage Object Viewer on gs://{bucket}, or use "
                    "another account: `gcloud auth application-default login`"
                )
            return SourceGated(f"{place} may not be read {who}.", hint=hint, address=place, reason=reason)
        if status == 401:
            return SourceTokenRefused(
                f"{place}: Cloud Storage refused the credentials set up here.", hint=LOGIN, address=place
            )
        return SourceFailed(
            f"{place} answered with status {status}{f': {reason}' if reason else ''}.",
            hint="check the address",
            status=status,
        )
