"""A stand-in for an endpoint of one's own on Vertex AI, and for the place where Google gives out tokens.

Shapes from the reference of endpoints.predict and from examples of Model Garden's containers for diffusers.
"""

import base64
from dataclasses import replace
from urllib.parse import urlsplit

from tests.doubles.service import Asked, Reply, ServiceDouble, as_json, picture
from tests.doubles.vertex_server import STATUSES

NAME = "projects/painters/locations/us-central1/endpoints/8431"


class VertexEndpointDouble(ServiceDouble):
    """``bare`` makes it answer as older containers did, ``safety`` refuse; ``deployed``: whether a model is."""

    def __init__(self) -> None:
        super().__init__()
        self.safety, self.bare, self.deployed = False, False, True
        self.tokens: list[str] = []

    def phase_of(self, asked: Asked) -> str:
        if asked.path == "/token":
            return "token"
        return "submit" if asked.method == "POST" else "probe"

    def answer(self, asked: Asked) -> Reply:
        path = urlsplit(asked.path).path
        if path == "/token":
            self.tokens.append(f"ya29.planted-token-{len(self.tokens)}")
            return as_json({"access_token": self.tokens[-1], "expires_in": 3599, "token_type": "Bearer"})
        headers = {name.lower(): value for name, value in asked.headers.items()}
        if headers.get("authorization", "").removeprefix("Bearer ") not in (self.key, *self.tokens):
            return self.refused(401, asked)
        if path == f"/v1/{NAME}" and asked.method == "GET":
            models = [{"id": "77", "displayName": "my-sdxl"}] if self.deployed else []
            return as_json({"name": NAME, "displayName": "mine", "deployedModels": models})
        if path != f"/v1/{NAME}:predict":
            return self.refused(404, asked)
        if self.safety:
            error = {"code": 400, "message": "The picture was flagged by the safety checker.", "status": ""}
            return as_json({"error": error}, 400)
        wanted = asked.json["parameters"]
        assert asked.json["instances"][0]["text"]
        with self.lock:
            self.bills.append("picture")
        return self._drawn(picture(wanted["width"], wanted["height"], 1))

    def _drawn(self, data: bytes) -> Reply:
        encoded = base64.b64encode(data).decode()
        first = encoded if self.bare else {"output": encoded}
        return as_json({"predictions": [first], "deployedModelId": "77"})

    def refused(self, status: int, asked: Asked) -> Reply:
        sent = asked.headers.get("Authorization") or ""
        words = {
            401: f"Request had invalid authentication credentials: {sent}",
            404: "Endpoint was not found.",
        }
        message = words.get(status, "Something went wrong.")
        return as_json(
            {"error": {"code": status, "message": message, "status": STATUSES.get(status, "INTERNAL")}},
            status,
        )

    def with_picture(self, reply: Reply, data: bytes, kind: str) -> Reply:
        return replace(reply, body=data, kind=kind) if kind.startswith("text/") else self._drawn(data)
