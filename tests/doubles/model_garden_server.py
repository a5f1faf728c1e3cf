"""A Model Garden of our own over a real socket: three publishers, pages of two, terms that a project has accepted."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.doubles.cloud_run_server import refusal
from tests.doubles.service import Asked, Reply, ServiceDouble, as_json

WEIGHTS = "gs://garden-public/sdxl"


def model(publisher: str, name: str, category: str, **actions: Any) -> dict[str, Any]:
    return {
        "name": f"publishers/{publisher}/models/{name}",
        "versionId": "001",
        "openSourceCategory": category,
        "launchStage": "PUBLIC_PREVIEW",
        "supportedActions": actions,
    }


MODELS = (
    model(
        "stability-ai", "stable-diffusion-xl", "THIRD_PARTY_OWNED_OSS", deploy={"artifactUri": f"{WEIGHTS}/"}
    ),
    model("google", "imagen-4", "PROPRIETARY", requestAccess={"title": "Ask"}),
    model("hf-org", "flux-tiny", "THIRD_PARTY_OWNED_OSS"),
    model(
        "stability-ai",
        "stable-video",
        "THIRD_PARTY_OWNED_OSS",
        multiDeployVertex={"multiDeployVertex": [{"title": "on an L4"}]},
    ),
)


class ModelGardenDouble(ServiceDouble):
    """``agreed`` are the names whose terms the project has accepted."""

    def __init__(self) -> None:
        super().__init__()
        self.agreed = {MODELS[0]["name"]}
        self.off = False

    def phase_of(self, asked: Asked) -> str:
        return "list"

    def refused(self, status: int, asked: Asked) -> Reply:
        return refusal(status, f"refused with {status}")

    def answer(self, asked: Asked) -> Reply:
        parts = urlsplit(asked.path)
        path, query = parts.path, {key: values[0] for key, values in parse_qs(parts.query).items()}
        if self.off:
            return refusal(403, "Vertex AI API is disabled.", "SERVICE_DISABLED")
        if asked.method == "POST" and path == "/v1beta1/projects/p/modelGardenEula:check":
            name = asked.json["publisherModel"]
            return as_json({"publisherModel": name, "publisherModelEulaAcked": name in self.agreed})
        listing = re.fullmatch(r"/v1beta1/publishers/([^/]+)/models", path)
        if listing:
            found = [one for one in MODELS if listing[1] in ("*", one["name"].split("/")[1])]
            start = int(query.get("pageToken", 0))
            more = {"nextPageToken": str(start + 2)} if start + 2 < len(found) else {}
            shown = [{k: v for k, v in one.items() if k != "supportedActions"} for one in found]
            return as_json({"publisherModels": shown[start : start + 2], **more})
        one = next((one for one in MODELS if path == f"/v1beta1/{one['name']}"), None)
        if one is None:
            return refusal(404, "Publisher Model was not found.")
        assert query["view"] == "PUBLISHER_MODEL_VIEW_FULL"
        return as_json(one)
