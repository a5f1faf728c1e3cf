"""Model Garden: what publishers offer on Vertex AI, on which terms, and how it is had here.

Fields are those of PublisherModel and CheckPublisherModelEulaAcceptance (the service's v1beta1).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from audobon_cli.cloud.connection import CloudConnection, CloudRefusal
from audobon_cli.domain.errors import CloudMissing, InvalidInput

SERVICE = "aiplatform"
ALL = "*"
HUB = "hf-"
"""How publishers begin that stand for an organisation of the Hugging Face hub."""
TERMS = {
    "PROPRIETARY": "not open: the publisher's terms",
    "GOOGLE_OWNED_OSS_WITH_GOOGLE_CHECKPOINT": "open, weights by Google",
    "THIRD_PARTY_OWNED_OSS_WITH_GOOGLE_CHECKPOINT": "open, weights by Google of another's model",
    "GOOGLE_OWNED_OSS": "open, by Google",
    "THIRD_PARTY_OWNED_OSS": "open, by its publisher",
}
"""What is said for the categories of openness; the licence itself is on the model's page."""


@dataclass(frozen=True, slots=True)
class GardenModel:
    """A model as Model Garden tells of it. ``weights`` is the bucket's folder that holds them, "" where none is named;
    ``restricted``: access is asked for first; ``agreed``: whether the project has accepted its terms, None where that
    was not asked; ``deploys``: whether it can be put on an endpoint. Lists tell nothing of the last four."""

    publisher: str
    name: str
    version: str
    terms: str
    stage: str
    weights: str = ""
    restricted: bool = False
    agreed: bool | None = None
    deploys: bool = False

    @property
    def reference(self) -> str:
        """As users name it."""
        return f"{self.publisher}/{self.name}"

    @property
    def page(self) -> str:
        """Where its licence is, and is accepted."""
        return (
            f"https://console.cloud.google.com/vertex-ai/publishers/{self.publisher}/model-garden/{self.name}"
        )

    def next_command(self, region: str) -> str:
        """What a person does next to have it: of what a list told, where that does not say it, to look at the model
        alone."""
        if self.publisher.startswith(HUB):
            return f"audobon models pull hf:{self.publisher.removeprefix(HUB)}/{self.name}"
        if self.weights:
            return f"audobon models pull {self.weights}"
        if self.agreed is None:
            return f"audobon models garden {self.reference}"
        if not self.deploys:
            return f"open {self.page}"
        version = f"@{self.version}" if self.version else ""
        return f"gcloud ai model-garden models deploy --model {self.reference}{version} --region {region}"

    def to_dict(self, region: str) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "model": self.reference,
            "version": self.version or None,
            "terms": self.terms,
            "stage": self.stage or None,
            "weights": self.weights or None,
            "restricted": self.restricted,
            "agreed": self.agreed,
            "page": self.page,
            "next": self.next_command(region),
        }


def list_garden(connection: CloudConnection, words: str = "", publisher: str = ALL) -> Iterator[GardenModel]:
    """The models of ``publisher`` in whose names all ``words`` are. Raises what the cloud raises."""
    wanted = words.lower().split()
    query = {"pageSize": "100"}
    while True:
        try:
            answer = connection.ask(SERVICE, "GET", f"/v1beta1/publishers/{publisher}/models", query=query)
        except CloudRefusal as refusal:
            raise connection.explain(refusal) from refusal
        for one in answer.get("publisherModels") or ():
            model = _model(one)
            if model is not None and all(word in model.reference.lower() for word in wanted):
                yield model
        token = str(answer.get("nextPageToken") or "")
        if not token:
            return
        query = {**query, "pageToken": token}


def show_garden(connection: CloudConnection, reference: str) -> GardenModel:
    """The model ``publisher/name``, with where its weights are and whether its terms are accepted. Raises CloudMissing
    where there is none, InvalidInput for what is no such name."""
    publisher, _, name = reference.partition("/")
    if not publisher or not name or "/" in name:
        raise InvalidInput(
            f"{reference!r} names no model of Model Garden.", hint="write it as PUBLISHER/MODEL"
        )
    path = f"publishers/{publisher}/models/{name}"
    try:
        found = connection.ask(
            SERVICE, "GET", f"/v1beta1/{path}", query={"view": "PUBLISHER_MODEL_VIEW_FULL"}
        )
    except CloudRefusal as refusal:
        if refusal.status == 404:
            raise CloudMissing(
                f"Model Garden has no {reference}: {refusal.message}.",
                hint=f"`audobon models garden {name.partition('-')[0]}` looks for the like",
            ) from refusal
        raise connection.explain(refusal) from refusal
    terms = connection.call(
        SERVICE,
        "POST",
        f"/v1beta1/projects/{connection.place.project}/modelGardenEula:check",
        {"publisherModel": path},
    )
    model = _model(found, bool(terms.get("publisherModelEulaAcked")))
    assert model is not None  # its name was asked for
    return model


def _model(found: Mapping[str, Any], agreed: bool | None = None) -> GardenModel | None:
    """None for what has no name such as ``publishers/P/models/M``."""
    parts = str(found.get("name", "")).partition("@")[0].split("/")
    if len(parts) != 4 or parts[0] != "publishers":
        return None
    actions = found.get("supportedActions") or {}
    category = str(found.get("openSourceCategory", ""))
    return GardenModel(
        publisher=parts[1],
        name=parts[3],
        version=str(found.get("versionId", "")),
        terms=TERMS.get(category, "not told"),
        stage=str(found.get("launchStage", "")).lower().replace("_", " "),
        weights=next(_weights(actions), ""),
        restricted="requestAccess" in actions,
        agreed=agreed,
        deploys="deploy" in actions or "multiDeployVertex" in actions,
    )


def _weights(actions: Mapping[str, Any]) -> Iterator[str]:
    """The folders in buckets that deployments are made of."""
    many = (actions.get("multiDeployVertex") or {}).get("multiDeployVertex") or ()
    for deploy in (actions.get("deploy") or {}, *many):
        address = str(deploy.get("artifactUri") or "")
        if address.startswith("gs://"):
            yield address.rstrip("/")
