"""Requests to Google Cloud's REST interfaces with somebody's account, and what a refusal means."""

import contextlib
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import Any

from audobon_cli.domain.errors import (
    AudobonError,
    CloudApiOff,
    CloudFailed,
    CloudImageMissing,
    CloudLoginRefused,
    CloudMissing,
    CloudProjectMissing,
    CloudQuota,
    CloudRefused,
    CloudUnreachable,
    SourceOffline,
)
from audobon_cli.domain.foreign.documents import parse_json_object
from audobon_cli.settings.proxies import require_usable_proxies
from audobon_cli.transfer.google_login import LOGIN, default_credentials
from audobon_cli.transfer.http import broken_off, leave_headers, retry_after_seconds
from audobon_cli.transfer.retry import GOOGLE_RETRIES, Passing, RetryPolicy, retry_passing

SCOPE = "https://www.googleapis.com/auth/cloud-platform"
TIMEOUT_SECONDS = (10.0, 60.0)
MOST_ANSWER_BYTES = 16 * 2**20
ROLES = {
    "run.": "roles/run.developer",
    "iam.serviceaccounts.": "roles/iam.serviceAccountUser",
    "storage.": "roles/storage.objectAdmin",
    "logging.": "roles/logging.viewer",
    "aiplatform.": "roles/aiplatform.user",
    "artifactregistry.": "roles/artifactregistry.reader",
    "cloudscheduler.": "roles/cloudscheduler.admin",
    "cloudtasks.": "roles/cloudtasks.admin",
    "serviceusage.": "roles/serviceusage.serviceUsageConsumer",
}
"""The least role that holds permissions which begin so (cloud.google.com/iam/docs/roles-permissions)."""
_QUOTA = re.compile(r"quota\b.*\bexceeded|exceeded\b.*\bquota", re.IGNORECASE)
_LASTING_QUOTA = re.compile(r"quota metrics exceed quota limits", re.IGNORECASE)
"""What Vertex AI says, with 429, of quotas that are no rates."""
_IMAGE = re.compile(r"image\b.*\b(not found|does not exist|denied|unauthorized)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class CloudPlace:
    """A project, and how to get there. ``endpoints`` names other addresses of services (``run``, ``aiplatform`` ...),
    as of emulators; one without TLS is never sent credentials. ``impersonate`` is the service account to act as."""

    project: str
    region: str = ""
    endpoints: Mapping[str, str] = field(default_factory=dict)
    impersonate: str = ""
    offline: bool = False

    def endpoint(self, service: str) -> str:
        """Where ``service`` is asked; Vertex AI in the region itself."""
        host = f"{self.region}-aiplatform" if service == "aiplatform" and self.region else service
        return self.endpoints.get(service, f"https://{host}.googleapis.com").rstrip("/")


class CloudRefusal(Exception):
    """A service answered with an error; whoever asked may know better than `explain` what it means."""

    def __init__(
        self, service: str, status: int, answer: Mapping[str, Any], wait_seconds: float | None = None
    ) -> None:
        error = answer.get("error")
        error = error if isinstance(error, dict) else {}
        self.service, self.status, self.wait_seconds = service, status, wait_seconds
        self.message = str(error.get("message") or f"status {status}").rstrip(".")
        self.reason, self.facts = _reason(error)
        super().__init__(self.message)


class AnswerLost(Exception):
    """A request left that may not be sent twice, and no answer came."""


@dataclass
class CloudConnection:
    """Connections to the services of one project. ``sleep`` waits between attempts, of which ``retries`` tells."""

    place: CloudPlace
    sleep: Callable[[float], None] = time.sleep
    retries: RetryPolicy = GOOGLE_RETRIES
    skew_seconds: float = 0.0
    """How far the clock here is from Google's, by the last answer; positive: it is ahead."""

    def call(
        self,
        service: str,
        method: str,
        path: str,
        document: Mapping[str, Any] | None = None,
        **query: str,
    ) -> dict[str, Any]:
        """The answer to a request that may be sent again. Raises the error that a refusal means."""
        try:
            return self.ask(service, method, path, document, query=query)
        except CloudRefusal as refusal:
            raise self.explain(refusal) from refusal

    def ask(
        self,
        service: str,
        method: str,
        path: str,
        document: Mapping[str, Any] | None = None,
        *,
        query: Mapping[str, str] | None = None,
        once: bool = False,
    ) -> dict[str, Any]:
        """The answer to a request for ``path`` of ``service``. With ``once`` it is sent again only where it surely was
        not taken.

        Raises CloudRefusal, AnswerLost, CloudUnreachable, CloudLoginRefused, SourceOffline.
        """

        def send() -> dict[str, Any]:
            try:
                return self._send(service, method, path, document, query or {})
            except CloudRefusal as refusal:
                if not _passing(refusal) or (once and refusal.status not in (429, 503)):
                    raise
                raise Passing(self.explain(refusal), refusal.wait_seconds) from refusal
            except AnswerLost as lost:
                if once:
                    raise
                raise Passing(unreachable(service, str(lost))) from lost
            except CloudUnreachable as error:
                raise Passing(error) from error

        return retry_passing(send, self.place.endpoint(service), self.retries, sleep=self.sleep)

    def explain(self, refusal: CloudRefusal) -> AudobonError:
        """The error for a refusal that has no meaning of its own for whoever asked."""
        words, project, status = refusal.message, self.place.project, refusal.status
        if refusal.reason in ("CONSUMER_INVALID", "PROJECT_NOT_FOUND", "USER_PROJECT_DENIED"):
            return CloudProjectMissing(
                f"There is no project {project} that this account may use: {words}.",
                hint="`gcloud projects list` shows those there are; "
                "`audobon config set cloud_project ID` chooses one",
                project=project,
            )
        if status == 401:
            return CloudLoginRefused("Google refused the account's credentials.", hint=LOGIN)
        if refusal.reason == "QUOTA" or status == 429:
            return CloudQuota(
                f"A quota of {project} is used up: {words}.",
                hint=f"ask for fewer tasks at a time, or for more: https://console.cloud.google.com/iam-admin/quotas"
                f"?project={project}",
                project=project,
            )
        if status == 403:
            return self._forbidden(refusal)
        if is_of_image(words):
            return image_missing(words)
        if status >= 500:
            return unreachable(refusal.service, words)
        if status == 404:
            return CloudMissing(
                f"Google Cloud has no such thing: {words}.",
                hint=f"check the names; `audobon cloud doctor --project {project}` looks at project and region",
            )
        return CloudFailed(
            f"Google Cloud refused: {words}.", hint="`audobon cloud doctor` looks for the cause"
        )

    def close(self) -> None:
        """Close the connections."""
        for session in self._sessions.values():
            session.close()
        self._sessions.clear()

    @cached_property
    def _sessions(self) -> dict[bool, Any]:
        return {}

    def session(self, endpoint: str) -> Any:
        """A requests session for ``endpoint``, which signs what it sends unless that would go in the clear. Raises
        CloudLoginRefused."""
        from google.auth.credentials import AnonymousCredentials
        from google.auth.transport.requests import AuthorizedSession

        signed = endpoint.startswith("https://")
        if signed not in self._sessions:
            session = AuthorizedSession(self._credentials() if signed else AnonymousCredentials())
            session.auth = leave_headers
            self._sessions[signed] = session
        return self._sessions[signed]

    def _credentials(self) -> Any:
        from google.auth import impersonated_credentials
        from google.auth.exceptions import GoogleAuthError

        try:
            own = default_credentials(SCOPE)
        except (GoogleAuthError, OSError, ValueError) as error:
            raise CloudLoginRefused("No Google account is set up for the cloud.", hint=LOGIN) from error
        acting = self.place.impersonate
        return impersonated_credentials.Credentials(own, acting, [SCOPE]) if acting else own

    def _send(
        self,
        service: str,
        method: str,
        path: str,
        document: Mapping[str, Any] | None,
        query: Mapping[str, str],
    ) -> dict[str, Any]:
        import requests
        from google.auth.exceptions import GoogleAuthError, TransportError

        if self.place.offline:
            raise SourceOffline(
                "Google Cloud is on the network, and --offline or the setting forbids it.",
                hint="leave out --offline; `audobon queue run` draws here",
            )
        endpoint = self.place.endpoint(service)
        require_usable_proxies(endpoint)
        try:
            answer = self.session(endpoint).request(
                method, f"{endpoint}{path}", json=document, params=query, timeout=TIMEOUT_SECONDS
            )
        except (requests.ConnectTimeout, TransportError) as error:
            raise unreachable(service, broken_off(error)) from error
        except (requests.RequestException, OSError) as error:
            raise AnswerLost(broken_off(error)) from error
        except GoogleAuthError as error:
            raise _no_token(error) from error
        return self._read(service, answer)

    def _read(self, service: str, answer: Any) -> dict[str, Any]:
        with contextlib.suppress(ValueError, TypeError):
            there = parsedate_to_datetime(answer.headers.get("Date") or "")
            self.skew_seconds = (datetime.now(UTC) - there).total_seconds()
        try:
            found = parse_json_object(answer.content or b"{}", MOST_ANSWER_BYTES, lenient=True)
        except ValueError:
            found = {}
        if answer.status_code < 400:
            return found
        wait = retry_after_seconds(answer.headers.get("Retry-After"))
        raise CloudRefusal(service, answer.status_code, found, wait or None)

    def _forbidden(self, refusal: CloudRefusal) -> AudobonError:
        words, project = refusal.message, self.place.project
        if refusal.reason == "SERVICE_DISABLED" or "has not been used" in words or "is disabled" in words:
            api = refusal.facts.get("service") or f"{refusal.service}.googleapis.com"
            return CloudApiOff(
                f"An API of {project} is off: {words}.",
                hint=f"gcloud services enable {api} --project {project}",
                api=api,
            )
        if refusal.reason == "BILLING_DISABLED":
            return CloudRefused(
                f"Billing is off for {project}: {words}.",
                hint=f"gcloud billing projects link {project} --billing-account ACCOUNT",
            )
        permission = refusal.facts.get("permission") or _permission_in(words)
        return CloudRefused(
            f"The account may not do that: {words}.",
            hint=grant_command(project, permission),
            permission=permission,
        )


def unreachable(service: str, why: str) -> CloudUnreachable:
    """The error for a service that gives no answer."""
    return CloudUnreachable(
        f"Google Cloud ({service}) cannot be reached: {why}.",
        hint="run the same command again; it goes on where it ended",
    )


def is_of_image(words: str) -> bool:
    """Whether ``words`` complain of an image that cannot be had."""
    return _IMAGE.search(words) is not None


def image_missing(words: str) -> CloudImageMissing:
    """The error for an image that cannot be had."""
    return CloudImageMissing(
        f"The container image cannot be had: {words.rstrip('.')}.",
        hint="push it again, then `audobon cloud deploy --image IMAGE@sha256:DIGEST`",
    )


def grant_command(project: str, permission: str) -> str:
    """The command that gives an account the least role that holds ``permission``."""
    role = next(
        (role for start, role in ROLES.items() if permission.lower().startswith(start)), "roles/run.developer"
    )
    return f"gcloud projects add-iam-policy-binding {project} --member user:EMAIL --role {role}"


def _permission_in(words: str) -> str:
    found = re.search(r"[Pp]ermission '?([\w.]+)'?", words)
    return found[1] if found else ""


def _passing(refusal: CloudRefusal) -> bool:
    if refusal.reason == "QUOTA":  # of a kind that no pause of seconds fills again
        return False
    return refusal.status == 429 or refusal.status >= 500


def _reason(error: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    """The reason of google.rpc's details, and their metadata; QUOTA for a quota that is no rate."""
    for one in error.get("details") or ():
        if not isinstance(one, dict):
            continue
        kind = str(one.get("@type", ""))
        if kind.endswith("google.rpc.QuotaFailure"):
            return "QUOTA", {}
        if kind.endswith("google.rpc.ErrorInfo"):
            facts = one.get("metadata")
            facts = facts if isinstance(facts, dict) else {}
            reason = str(one.get("reason", ""))
            return ("QUOTA" if reason == "QUOTA_EXCEEDED" else reason), {
                str(k): str(v) for k, v in facts.items()
            }
    words = str(error.get("message", ""))
    if _LASTING_QUOTA.search(words) or (_QUOTA.search(words) and error.get("code") != 429):
        return "QUOTA", {}
    return str(error.get("status", "")), {}


def _no_token(error: Exception) -> CloudLoginRefused:
    if "timeframe" in str(error) or "iat" in str(error):  # what Google says to a token from another time
        return CloudLoginRefused(
            "Google takes the time of this machine for wrong, and gave no access token.",
            hint="set the clock: `sudo timedatectl set-ntp true`",
        )
    return CloudLoginRefused("Google gave no access token.", hint=LOGIN)
