"""A stand-in for Hugging Face's router with two partners (nscale, fal), and for an Inference Endpoint.

Shapes from the huggingface_hub SDK's helpers for partners.
"""

import base64
from dataclasses import replace

from tests.doubles.service import Asked, Reply, ServiceDouble, as_json, picture


class HuggingFaceDouble(ServiceDouble):
    """``safety`` makes the safety systems strike: nscale and endpoints refuse, fal blackens."""

    key = "hf_planted4f1d9c7e2b"

    def __init__(self) -> None:
        super().__init__()
        self.safety = False

    def phase_of(self, asked: Asked) -> str:
        if asked.method == "POST":
            return "submit"
        return "fetch" if asked.path.startswith("/files/") else "probe"

    def answer(self, asked: Asked) -> Reply:
        if self.phase_of(asked) == "fetch":
            return Reply(200, picture(512, 512, 7), "image/png")
        headers = {name.lower(): value for name, value in asked.headers.items()}
        if headers.get("authorization") != f"Bearer {self.key}":
            return self.refused(401, asked)
        if self.phase_of(asked) == "probe":
            return as_json({"type": "user", "name": "painter"})
        if asked.path == "/fal-ai/fal-ai/flux/dev":
            return self._fal(asked)
        if self.safety:
            return as_json({"error": "The prompt was flagged by the safety checker."}, 400)
        if asked.path == "/nscale/v1/images/generations":
            width, height = map(int, asked.json["size"].split("x"))
            self._bill(asked.json["model"])
            encoded = base64.b64encode(picture(width, height, 1)).decode()
            return as_json({"created": 1, "data": [{"b64_json": encoded}]}, headers={"x-request-id": "ns-1"})
        if asked.path == "/" and "inputs" in asked.json:
            sizes = asked.json["parameters"]
            self._bill("endpoint")
            return Reply(
                200, picture(sizes["width"], sizes["height"], 1), "image/png", {"x-request-id": "ep-1"}
            )
        return self.refused(404, asked)

    def _fal(self, asked: Asked) -> Reply:
        self._bill("fal-ai/flux/dev")
        address = f"http://localhost:{self.port}/files/1.png"
        found = {
            "images": [{"url": address, "content_type": "image/png"}],
            "has_nsfw_concepts": [self.safety],
        }
        return as_json({**found, "seed": asked.json.get("seed")}, headers={"x-request-id": "fal-1"})

    def _bill(self, model: str) -> None:
        with self.lock:
            self.bills.append(model)

    def refused(self, status: int, asked: Asked) -> Reply:
        words = {
            401: f"Invalid credentials in Authorization header: {asked.headers.get('authorization')}",
            402: "You have exceeded your monthly included credits for Inference Providers.",
            403: "This authentication method does not have sufficient permissions to call Inference Providers.",
            404: "Model not found",
            429: "Rate limit reached. Please log in or use a HF access token",
        }
        return as_json({"error": words.get(status, "Internal Server Error")}, status)

    def with_picture(self, reply: Reply, data: bytes, kind: str) -> Reply:
        if kind.startswith("text/") or not reply.kind.endswith("json"):
            return replace(reply, body=data, kind=kind)
        return as_json({"data": [{"b64_json": base64.b64encode(data).decode()}]})
