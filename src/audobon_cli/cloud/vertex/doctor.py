"""What training and drawing on Vertex AI need, for `audobon cloud doctor`: looked at only where its API is on."""

from collections.abc import Iterator
from dataclasses import dataclass

from audobon_cli.cloud.connection import CloudConnection, grant_command
from audobon_cli.cloud.doctor import (
    CloudCheck,
    CloudCheckState,
    answer_or_check,
    card_limit,
    quota_check,
)
from audobon_cli.cloud.prices import CloudPrice, priced_cards
from audobon_cli.cloud.vertex.machines import QUOTAS

API = "aiplatform.googleapis.com"
PERMISSIONS = (
    "aiplatform.customJobs.create",
    "aiplatform.customJobs.get",
    "aiplatform.customJobs.list",
    "aiplatform.customJobs.cancel",
    "aiplatform.customJobs.delete",
    "aiplatform.endpoints.get",
    "aiplatform.endpoints.predict",
)
"""What `train --on vertex` and the provider vertex-endpoint ask for."""
KINDS = {
    "": "custom_model_training_nvidia_{}_gpus",
    " (spot)": "custom_model_training_preemptible_nvidia_{}_gpus",
}
"""Quotas of a card, by what is said after its name."""


@dataclass(frozen=True)
class VertexChecks:
    """What is looked at of Vertex AI: the cards are those of ``prices``."""

    connection: CloudConnection
    region: str
    prices: tuple[CloudPrice, ...]

    def run(self) -> Iterator[CloudCheck]:
        """Check after check; an API that is off is no fault, since not everybody needs it."""
        project = self.connection.place.project
        name = f"API {API}"
        found = answer_or_check(
            self.connection, name, ("serviceusage", "GET", f"/v1/projects/{project}/services/{API}", None)
        )
        if isinstance(found, CloudCheck):
            yield found
            return
        if found.get("state") != "ENABLED":
            yield CloudCheck(
                name,
                CloudCheckState.SKIPPED,
                "off: only `train --on vertex` and the provider vertex-endpoint need it",
                f"gcloud services enable {API} --project {project}",
            )
            return
        yield CloudCheck(name, CloudCheckState.OK, "on")
        yield from self._permissions()
        yield self._quota()

    def _permissions(self) -> Iterator[CloudCheck]:
        project = self.connection.place.project
        path = f"/v3/projects/{project}:testIamPermissions"
        name = "permissions of Vertex AI"
        asked = ("cloudresourcemanager", "POST", path, {"permissions": list(PERMISSIONS)})
        found = answer_or_check(self.connection, name, asked)
        if isinstance(found, CloudCheck):
            yield found
            return
        missing = [one for one in PERMISSIONS if one not in set(found.get("permissions") or ())]
        if not missing:
            yield CloudCheck(name, CloudCheckState.OK, "all that runs and pictures there need")
        for one in missing:
            remedy = grant_command(project, one)
            yield CloudCheck(f"permission {one}", CloudCheckState.WARNING, "missing", remedy)

    def _quota(self) -> CloudCheck:
        """Of each card that has a price, as they have a quota of none in many projects; of spot machines apart."""
        project, name = self.connection.place.project, "quota of Vertex AI"
        path = f"/v1beta1/projects/{project}/services/{API}/consumerQuotaMetrics"
        found = answer_or_check(self.connection, name, ("serviceusage", "GET", path, None))
        if isinstance(found, CloudCheck):
            return CloudCheck(name, CloudCheckState.SKIPPED, f"not looked at: {found.message}")
        limits = {}
        for card in priced_cards(self.prices, "vertex-ai"):
            for said, kind in KINDS.items():
                metric = f"{API}/{kind.format(QUOTAS[card])}"
                limit = card_limit(found, self.region, metric.__eq__)
                if limit is not None:
                    limits[f"{card}{said}"] = limit
        return quota_check(name, limits, self.region, project)
