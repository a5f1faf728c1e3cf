"""Requests to BigQuery's REST interface, asked again where that may help, and what a refusal means."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from audobon_cli.domain.errors import (
    AudobonError,
    WarehouseFailed,
    WarehouseLoginRefused,
    WarehouseMissing,
    WarehouseQuota,
    WarehouseRefused,
    WarehouseUnreachable,
)
from audobon_cli.domain.foreign.documents import parse_json_object
from audobon_cli.settings.proxies import require_usable_proxies
from audobon_cli.transfer.google_login import LOGIN, default_credentials
from audobon_cli.transfer.http import broken_off, leave_headers, retry_after_seconds
from audobon_cli.transfer.retry import GOOGLE_RETRIES, Passing, RetryPolicy, retry_passing

SCOPE = "https://www.googleapis.com/auth/bigquery"
SOURCE_SCOPE = "https://www.googleapis.com/auth/cloud-platform"
ENDPOINT = "https://bigquery.googleapis.com"
TIMEOUT_SECONDS = (10.0, 60.0)
MOST_ANSWER_BYTES = 16 * 2**20
QUOTA = ("quotaExceeded", "rateLimitExceeded", "jobRateLimitExceeded")
PASSING = (*QUOTA, "backendError", "internalError", "jobBackendError", "jobInternalError")
"""Reasons for which BigQuery says to try again (cloud.google.com/bigquery/docs/error-messages)."""


class BigQueryRefusal(Exception):
    """BigQuery answered with an error; whoever asked may know better than `explain` what it means."""

    def __init__(self, status: int, reason: str, message: str, wait_seconds: float | None = None) -> None:
        super().__init__(message)
        self.status, self.reason, self.message = status, reason, message
        self.wait_seconds = wait_seconds


@dataclass(frozen=True, slots=True)
class WarehousePlace:
    """A dataset, and how to get there. ``endpoint`` is that of an emulator, which is never sent credentials."""

    project: str
    dataset: str
    endpoint: str = ""
    impersonate: str = ""

    @property
    def name(self) -> str:
        """As BigQuery writes it."""
        return f"{self.project}.{self.dataset}"


@dataclass
class BigQueryConnection:
    """A connection to one project. ``sleep`` waits between attempts, of which ``retries`` tells."""

    place: WarehousePlace
    sleep: Callable[[float], None] = time.sleep
    retries: RetryPolicy = GOOGLE_RETRIES

    def ask(
        self,
        method: str,
        path: str,
        document: Mapping[str, Any] | None = None,
        body: bytes | None = None,
        kind: str = "",
    ) -> dict[str, Any]:
        """The answer to a request for ``path`` of the project, with a JSON ``document`` or a ``body`` of ``kind``.

        Raises BigQueryRefusal, WarehouseUnreachable, WarehouseLoginRefused, WarehouseQuota.
        """

        def send() -> dict[str, Any]:
            try:
                return self._once(method, path, document, body, kind)
            except BigQueryRefusal as refusal:
                if refusal.status != 429 and refusal.status < 500 and refusal.reason not in PASSING:
                    raise
                raise Passing(self.explain(refusal), refusal.wait_seconds) from refusal
            except WarehouseUnreachable as error:
                raise Passing(error) from error

        return retry_passing(send, self.place.endpoint or ENDPOINT, self.retries, sleep=self.sleep)

    def explain(self, refusal: BigQueryRefusal) -> AudobonError:
        """The error for a refusal that has no meaning of its own for whoever asked."""
        words, place = refusal.message.rstrip("."), self.place
        if refusal.status == 429 or refusal.reason in QUOTA:
            return WarehouseQuota(
                f"A quota of BigQuery is used up: {words}.",
                hint="run the same command again later; it goes on",
            )
        if refusal.status >= 500 or refusal.reason in PASSING:
            return WarehouseUnreachable(
                f"BigQuery kept failing: {words}.",
                hint="run the same command again; it goes on where it ended",
            )
        if refusal.status == 401:
            return WarehouseLoginRefused("BigQuery refused the account's credentials.", hint=LOGIN)
        if refusal.status == 404:
            return WarehouseMissing(
                f"BigQuery has no {place.name}: {words}.",
                hint=f"make it: bq mk --dataset {place.project}:{place.dataset}",
                place=place.name,
            )
        if refusal.status == 403:
            return _forbidden(refusal, place)
        return WarehouseFailed(
            f"BigQuery refused: {words}.", hint="look at the table's columns in BigQuery; nothing was taken"
        )

    def close(self) -> None:
        """Close the connections."""
        if "_session" in vars(self):
            self._session.close()

    @cached_property
    def _session(self) -> Any:
        from google.auth.transport.requests import AuthorizedSession

        session = AuthorizedSession(self._credentials())
        session.auth = leave_headers
        return session

    def _credentials(self) -> Any:
        from google.auth import impersonated_credentials
        from google.auth.credentials import AnonymousCredentials
        from google.auth.exceptions import GoogleAuthError

        if self.place.endpoint:
            return AnonymousCredentials()
        acting = self.place.impersonate
        try:
            own = default_credentials(SOURCE_SCOPE if acting else SCOPE)
        except (GoogleAuthError, OSError, ValueError) as error:
            raise WarehouseLoginRefused("No Google account is set up for BigQuery.", hint=LOGIN) from error
        return impersonated_credentials.Credentials(own, acting, [SCOPE]) if acting else own

    def _once(
        self, method: str, path: str, document: Mapping[str, Any] | None, body: bytes | None, kind: str
    ) -> dict[str, Any]:
        import requests
        from google.auth.exceptions import GoogleAuthError, TransportError

        start = "/upload/bigquery/v2" if body is not None else "/bigquery/v2"
        url = f"{self.place.endpoint or ENDPOINT}{start}/projects/{self.place.project}{path}"
        require_usable_proxies(url)
        sent = {"json": document} if body is None else {"data": body, "headers": {"Content-Type": kind}}
        try:
            answer = self._session.request(method, url, timeout=TIMEOUT_SECONDS, **sent)
        except (requests.RequestException, TransportError, OSError) as error:
            raise WarehouseUnreachable(
                f"BigQuery cannot be reached: {broken_off(error)}.",
                hint="run the same command again; it goes on where it ended",
            ) from error
        except GoogleAuthError as error:
            raise WarehouseLoginRefused("Google gave no access token for BigQuery.", hint=LOGIN) from error
        return self._read(answer)

    def _read(self, answer: Any) -> dict[str, Any]:
        try:
            found = parse_json_object(answer.content or b"{}", MOST_ANSWER_BYTES, lenient=True)
        except ValueError:
            found = {}
        if answer.status_code < 400:
            return found
        wait = retry_after_seconds(answer.headers.get("Retry-After"))
        error = found.get("error")
        error = error if isinstance(error, dict) else {}
        raise BigQueryRefusal(
            answer.status_code,
            first_reason(error),
            str(error.get("message") or f"status {answer.status_code}"),
            wait or None,
        )


def first_reason(error: Mapping[str, Any]) -> str:
    """The reason that an error of BigQuery gives first; "" for none."""
    listed = error.get("errors")
    first = listed[0] if isinstance(listed, list) and listed else error
    return str(first.get("reason", "")) if isinstance(first, dict) else ""


def _forbidden(refusal: BigQueryRefusal, place: WarehousePlace) -> WarehouseRefused:
    words = refusal.message.rstrip(".")
    if refusal.reason == "accessNotConfigured" or "has not been used" in words or "is disabled" in words:
        hint = f"gcloud services enable bigquery.googleapis.com --project {place.project}"
    elif refusal.reason == "billingNotEnabled":
        hint = f"turn billing on for {place.project}; load jobs and MERGE need it"
    else:
        hint = "the account needs roles/bigquery.jobUser on the project and roles/bigquery.dataEditor on the dataset"
    return WarehouseRefused(f"BigQuery does not allow it: {words}.", hint=hint, place=place.name)
