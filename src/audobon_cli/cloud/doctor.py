"""`audobon cloud doctor`: is everything there that jobs in the cloud need? Nothing is begun, nothing costs."""

import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from audobon_cli.cloud.cloud_run.documents import ACCELERATORS
from audobon_cli.cloud.cloud_run.jobs import CloudRunJobs
from audobon_cli.cloud.connection import CloudConnection, CloudRefusal, grant_command
from audobon_cli.cloud.deployment import deployed
from audobon_cli.domain.errors import AudobonError, CloudMissing
from audobon_cli.domain.units import format_seconds, format_usd
from audobon_cli.providers.ledger import SpendingLimits
from audobon_cli.remotes.base import Remote

APIS = ("run.googleapis.com", "storage.googleapis.com", "logging.googleapis.com")
STARTERS = {
    "cloudscheduler.googleapis.com": "`cloud schedule`",
    "cloudtasks.googleapis.com": "`cloud run --through tasks`",
}
"""APIs that not everybody needs, and who does."""
STARTER_PERMISSIONS = ("cloudscheduler.jobs.create", "cloudtasks.queues.create", "cloudtasks.tasks.create")
PERMISSIONS = (
    "run.jobs.create",
    "run.jobs.run",
    "run.jobs.get",
    "run.jobs.list",
    "run.jobs.delete",
    "run.executions.cancel",
    "iam.serviceAccounts.actAs",
    "logging.logEntries.list",
)
"""What running, watching and ending jobs asks for; the place's own are tried at the place."""
MOST_SKEW_SECONDS = 300.0
"""More, and Google takes tokens for forged."""


class CloudCheckState(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class CloudCheck:
    """What was found of one thing, and the command that mends it."""

    name: str
    state: CloudCheckState
    message: str
    remedy: str = ""


@dataclass(frozen=True)
class CloudChecks:
    """What is looked at: the service in its project and region, the place where ``open_place`` opens it (None: none is
    chosen), the budget, and the account that Cloud Scheduler and Cloud Tasks begin runs as ("" for none)."""

    service: CloudRunJobs
    open_place: Callable[[], Remote] | None
    budget: SpendingLimits
    starter: str = ""

    def run(self) -> Iterator[CloudCheck]:
        """Check after check. What cannot be looked at is told as such; only an unreachable cloud ends it early."""
        first = self._project()
        yield first
        if first.state is CloudCheckState.FAILED:
            return
        yield self._clock()
        yield from self._apis()
        yield from self._permissions()
        yield self._region()
        yield self._quota()
        yield self._place()
        yield self._deployment()
        yield self._budget()
        if self.starter:
            yield self._starter()

    @property
    def _connection(self) -> CloudConnection:
        return self.service.connection

    def _project(self) -> CloudCheck:
        project = self._connection.place.project
        found = self._asked("project", "cloudresourcemanager", "GET", f"/v3/projects/{project}")
        if isinstance(found, CloudCheck):
            return found
        state = str(found.get("state", ""))
        if state == "ACTIVE":
            return CloudCheck("project", CloudCheckState.OK, f"{project}, with the account set up here")
        return CloudCheck(
            "project", CloudCheckState.FAILED, f"{project} is {state}", f"gcloud projects undelete {project}"
        )

    def _clock(self) -> CloudCheck:
        skew = self._connection.skew_seconds
        if abs(skew) <= MOST_SKEW_SECONDS:
            return CloudCheck("clock", CloudCheckState.OK, f"{format_seconds(abs(skew))} from Google's")
        return CloudCheck(
            "clock",
            CloudCheckState.FAILED,
            f"{format_seconds(abs(skew))} {'ahead of' if skew > 0 else 'behind'} Google's",
            "sudo timedatectl set-ntp true",
        )

    def _apis(self) -> Iterator[CloudCheck]:
        project = self._connection.place.project
        names = "&".join(f"names=projects/{project}/services/{api}" for api in (*APIS, *STARTERS))
        found = self._asked(
            "APIs", "serviceusage", "GET", f"/v1/projects/{project}/services:batchGet?{names}"
        )
        if isinstance(found, CloudCheck):
            yield found
            return
        states = {
            str(one.get("name", "")).rpartition("/")[2]: one.get("state")
            for one in found.get("services") or ()
        }
        for api in (*APIS, *STARTERS):
            if states.get(api) == "ENABLED":
                yield CloudCheck(f"API {api}", CloudCheckState.OK, "on")
                continue
            remedy = f"gcloud services enable {api} --project {project}"
            if api in STARTERS:
                yield CloudCheck(
                    f"API {api}", CloudCheckState.SKIPPED, f"off: only {STARTERS[api]} needs it", remedy
                )
            else:
                yield CloudCheck(f"API {api}", CloudCheckState.FAILED, "off", remedy)

    def _permissions(self) -> Iterator[CloudCheck]:
        project = self._connection.place.project
        path = f"/v3/projects/{project}:testIamPermissions"
        wanted = [*PERMISSIONS, *(STARTER_PERMISSIONS if self.starter else ())]
        found = self._asked("permissions", "cloudresourcemanager", "POST", path, {"permissions": wanted})
        if isinstance(found, CloudCheck):
            yield found
            return
        held = set(found.get("permissions") or ())
        missing = [one for one in wanted if one not in held]
        if not missing:
            yield CloudCheck("permissions", CloudCheckState.OK, "all that jobs need")
        for one in missing:
            yield CloudCheck(
                f"permission {one}", CloudCheckState.FAILED, "missing", grant_command(project, one)
            )

    def _region(self) -> CloudCheck:
        try:
            count = len(self.service.labelled())
        except AudobonError as error:
            return CloudCheck("region", CloudCheckState.FAILED, error.message, error.hint)
        return CloudCheck("region", CloudCheckState.OK, f"{self.service.region}, with {count} jobs of ours")

    def _quota(self) -> CloudCheck:
        """Of cards, as they have a quota of none in many projects."""
        project = self._connection.place.project
        path = f"/v1beta1/projects/{project}/services/run.googleapis.com/consumerQuotaMetrics"
        found = self._asked("quota", "serviceusage", "GET", path)
        if isinstance(found, CloudCheck):
            return CloudCheck("quota", CloudCheckState.SKIPPED, f"not looked at: {found.message}")
        region = self.service.region
        limits = {
            card: limit
            for card in ACCELERATORS
            if (limit := card_limit(found, region, lambda name, card=card: card.lower() in name)) is not None  # type: ignore[misc]
        }
        return quota_check("quota", limits, region, project)

    def _place(self) -> CloudCheck:
        if self.open_place is None:
            return CloudCheck(
                "place",
                CloudCheckState.FAILED,
                "no bucket is chosen for slices and results",
                "audobon config set cloud_place gs://BUCKET/audobon",
            )
        try:
            remote = self.open_place()
            try:
                probe = f"probes/{secrets.token_hex(8)}"
                remote.put(probe, b"audobon")
                remote.delete(probe)
            finally:
                remote.close()
        except AudobonError as error:
            return CloudCheck("place", CloudCheckState.FAILED, error.message, error.hint)
        return CloudCheck("place", CloudCheckState.OK, f"{remote.address}, written to and read")

    def _deployment(self) -> CloudCheck:
        try:
            order = deployed(self.service)
        except CloudMissing as error:
            return CloudCheck("deployment", CloudCheckState.WARNING, error.message, error.hint)
        except AudobonError as error:
            return CloudCheck("deployment", CloudCheckState.FAILED, error.message, error.hint)
        return CloudCheck("deployment", CloudCheckState.OK, f"{order.image} on {order.machine.name}")

    def _budget(self) -> CloudCheck:
        limit = self.budget.per_month
        if limit is None:
            return CloudCheck(
                "budget",
                CloudCheckState.WARNING,
                "there is none: nothing stops runs from costing more and more",
                "audobon config set budget_per_month 20",
            )
        return CloudCheck("budget", CloudCheckState.OK, f"{format_usd(limit)} a month")

    def _starter(self) -> CloudCheck:
        """Whether whoever asks may let others act as the account that begins runs."""
        permission = "iam.serviceAccounts.actAs"
        path = f"/v1/projects/-/serviceAccounts/{self.starter}:testIamPermissions"
        found = self._asked("starter", "iam", "POST", path, {"permissions": [permission]})
        if isinstance(found, CloudCheck):
            return found
        if permission in (found.get("permissions") or ()):
            return CloudCheck("starter", CloudCheckState.OK, f"{self.starter}, which begins runs")
        return CloudCheck(
            "starter",
            CloudCheckState.FAILED,
            f"this account may not use {self.starter}",
            f"gcloud iam service-accounts add-iam-policy-binding {self.starter} --member user:EMAIL "
            "--role roles/iam.serviceAccountUser",
        )

    def _asked(
        self, name: str, service: str, method: str, path: str, document: dict[str, Any] | None = None
    ) -> dict[str, Any] | CloudCheck:
        """The answer, or the check that failed for want of one."""
        return answer_or_check(self._connection, name, (service, method, path, document))


def quota_check(name: str, limits: Mapping[str, int], region: str, project: str) -> CloudCheck:
    """What is said of the quotas ``limits`` of cards in ``region``."""
    if not limits:
        return CloudCheck(name, CloudCheckState.OK, "nothing is said of cards; --gpu shows it")
    some = [f"{limit} {card}" for card, limit in limits.items() if limit]
    if some:
        return CloudCheck(name, CloudCheckState.OK, f"{', '.join(some)} at a time in {region}")
    return CloudCheck(
        name,
        CloudCheckState.WARNING,
        f"no {' or '.join(limits)} in {region}: runs with --gpu are refused",
        f"https://console.cloud.google.com/iam-admin/quotas?project={project}",
    )


def answer_or_check(
    connection: CloudConnection, name: str, request: tuple[str, str, str, dict[str, Any] | None]
) -> dict[str, Any] | CloudCheck:
    """The answer to a request (service, method, path and document), or the check ``name`` that failed for want of
    one."""
    service, method, path, document = request
    try:
        return connection.ask(service, method, path, document)
    except CloudRefusal as refusal:
        error = connection.explain(refusal)
    except AudobonError as caught:
        error = caught
    return CloudCheck(name, CloudCheckState.FAILED, error.message, error.hint)


def card_limit(found: dict[str, Any], region: str, is_meant: Callable[[str], bool]) -> int | None:
    """The quota in a region of the first metric whose name ``is_meant``, of consumerQuotaMetrics; None if there is
    none."""
    for metric in found.get("metrics") or ():
        if not is_meant(str(metric.get("metric", "")).lower()):
            continue
        for limit in metric.get("consumerQuotaLimits") or ():
            for bucket in limit.get("quotaBuckets") or ():
                if (bucket.get("dimensions") or {}).get("region", region) == region:
                    return int(bucket.get("effectiveLimit") or 0)
    return None
