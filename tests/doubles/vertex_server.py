"""A stand-in for Vertex AI's Gemini models that draw, and for the place where Google gives out tokens.

Shapes from the google-genai SDK's types and Google's documentation of errors.
"""

import base64
import re
from dataclasses import replace
from typing import Any

from tests.doubles.service import Asked, Reply, ServiceDouble, as_json, picture

MODEL = re.compile(
    r"/v1(?:beta1)?/(?:projects/([^/]+)/locations/([^/]+)/)?publishers/google/models/([^/:?]+)(:\w+)?"
)
STATUSES = {401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND", 429: "RESOURCE_EXHAUSTED"}


class VertexDouble(ServiceDouble):
    """``safety`` is how the safety system strikes: "" not, "prompt" or "picture". ``tokens`` are those given out."""

    def __init__(self) -> None:
        super().__init__()
        self.safety = ""
        self.tokens: list[str] = []
        self.expired = False

    def phase_of(self, asked: Asked) -> str:
        if asked.path == "/token":
            return "token"
        return "submit" if asked.method == "POST" else "probe"

    def answer(self, asked: Asked) -> Reply:
        if self.phase_of(asked) == "token":
            return self._token()
        headers = {name.lower(): value for name, value in asked.headers.items()}
        bearer = headers.get("authorization", "").removeprefix("Bearer ")
        if headers.get("x-goog-api-key") != self.key and bearer not in self.tokens:
            return self.refused(401, asked)
        found = MODEL.match(asked.path)
        if found is None or not found[3].startswith("gemini-3"):
            return self.refused(404, asked)
        if self.phase_of(asked) == "probe":
            return as_json({"name": f"publishers/google/models/{found[3]}", "versionId": "default"})
        return self._drawn(asked)

    def _token(self) -> Reply:
        if self.expired:
            return as_json(
                {"error": "invalid_grant", "error_description": "Token has been expired or revoked."}, 400
            )
        self.tokens.append(f"ya29.planted-token-{len(self.tokens)}")
        return as_json({"access_token": self.tokens[-1], "expires_in": 3599, "token_type": "Bearer"})

    def _drawn(self, asked: Asked) -> Reply:
        if self.safety == "prompt":
            return as_json(
                {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, "usageMetadata": usage(0)}
            )
        if self.safety == "picture":
            candidate = {
                "finishReason": "IMAGE_SAFETY",
                "finishMessage": "Unable to show the generated image.",
            }
            return as_json({"candidates": [candidate], "usageMetadata": usage(0)})
        seed = asked.json["generationConfig"].get("seed", 0)
        with self.lock:
            self.bills.append(f"seed {seed}")
        return as_json(drawn(picture(1024, 1024, seed), f"response-{len(self.bills)}"))

    def refused(self, status: int, asked: Asked) -> Reply:
        sent = asked.headers.get("X-Goog-Api-Key") or asked.headers.get("x-goog-api-key") or ""
        words = {
            401: f"Request had invalid authentication credentials: {sent}",
            404: "Publisher Model was not found.",
        }
        error = {
            "code": status,
            "message": words.get(status, "Something went wrong."),
            "status": STATUSES.get(status, "INTERNAL"),
        }
        return as_json({"error": error}, status)

    def with_picture(self, reply: Reply, data: bytes, kind: str) -> Reply:
        if kind.startswith("text/"):
            return replace(reply, body=data, kind=kind)
        return as_json(drawn(data, "response-0"))


def drawn(data: bytes, ident: str) -> dict[str, Any]:
    """An answer with a picture."""
    part = {"inlineData": {"mimeType": "image/png", "data": base64.b64encode(data).decode()}}
    candidate = {"content": {"role": "model", "parts": [part]}, "finishReason": "STOP"}
    return {"candidates": [candidate], "usageMetadata": usage(1120), "responseId": ident}


def usage(tokens: int) -> dict[str, Any]:
    """What is counted for a picture of ``tokens``."""
    return {
        "promptTokenCount": 5,
        "candidatesTokenCount": tokens,
        "totalTokenCount": 25 + tokens,
        "thoughtsTokenCount": 20,
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 5}],
        **({"candidatesTokensDetails": [{"modality": "IMAGE", "tokenCount": tokens}]} if tokens else {}),
    }
