"""A stand-in for Azure OpenAI: pictures of deployments, edits, the list of models, its errors and oddities.

Shapes from the openai SDK's types and Azure's documentation of its content filter.
"""

import base64
import re
from dataclasses import replace
from typing import Any

from tests.doubles.service import Asked, Reply, ServiceDouble, as_json, picture

DEPLOYMENT = re.compile(
    r"/openai/deployments/([^/]+)/images/(generations|edits)\?api-version=[\d-]+(preview)?$"
)
TOKENS = {"low": 272, "medium": 1056, "high": 4160}


class AzureDouble(ServiceDouble):
    """``safety`` makes the content filter strike; ``spent`` the account empty; ``deployments`` are those there."""

    def __init__(self) -> None:
        super().__init__()
        self.safety = self.spent = False
        self.deployments = {"gpt-image-2", "gpt-image-2.5-flare", "castle-painter"}
        self.bearer = ""

    def phase_of(self, asked: Asked) -> str:
        return "submit" if asked.method == "POST" else "probe"

    def answer(self, asked: Asked) -> Reply:
        headers = {name.lower(): value for name, value in asked.headers.items()}
        bearer = self.bearer and headers.get("authorization") == f"Bearer {self.bearer}"
        if headers.get("api-key") != self.key and not bearer:
            return self.refused(401, asked)
        if self.phase_of(asked) == "probe":
            listed = [{"id": name, "object": "model"} for name in sorted(self.deployments)]
            return as_json({"object": "list", "data": [*listed, {"id": "gpt-6", "object": "model"}]})
        found = DEPLOYMENT.match(asked.path)
        if found is None or found[1] not in self.deployments:
            return self.refused(404, asked)
        if self.safety:
            return as_json({"error": FILTERED}, 400)
        if self.spent:
            return as_json(
                {"error": {"code": "insufficient_quota", "message": "You exceeded your quota."}}, 429
            )
        return self._drawn(asked, found[2] == "edits")

    def _drawn(self, asked: Asked, edits: bool) -> Reply:
        quality = "medium" if edits else asked.json.get("quality", "medium")
        size = "1024x1024" if edits else asked.json["size"]
        width, height = map(int, size.split("x"))
        with self.lock:
            self.bills.append(f"{quality} {size}")
            ident = f"request-{len(self.bills)}"
        usage = {
            "input_tokens": 9 + 323 * edits,
            "input_tokens_details": {"text_tokens": 9, "image_tokens": 323 * edits},
            "output_tokens": TOKENS[quality],
            "output_tokens_details": {"text_tokens": 0, "image_tokens": TOKENS[quality]},
            "total_tokens": 332 + TOKENS[quality],
        }
        encoded = base64.b64encode(picture(width, height, len(self.bills))).decode()
        body = {
            "created": 1,
            "data": [{"b64_json": encoded}],
            "output_format": "png",
            "size": size,
            "usage": usage,
        }
        return as_json(body, headers={"apim-request-id": ident})

    def refused(self, status: int, asked: Asked) -> Reply:
        errors: dict[int, dict[str, Any]] = {
            401: {
                "code": "401",
                "message": f"Access denied due to invalid key {asked.headers.get('api-key')}.",
            },
            403: {
                "code": "AccessDenied",
                "message": "Public access is disabled. Please configure a private endpoint.",
            },
            404: {
                "code": "DeploymentNotFound",
                "message": "The API deployment for this resource does not exist.",
            },
            408: {"code": "Timeout", "message": "The operation was timeout."},
            429: {
                "code": "RateLimitReached",
                "message": "Requests have exceeded the limit. Please retry later.",
            },
        }
        wrong = {"code": "InternalServerError", "message": "The server had an error."}
        return as_json({"error": errors.get(status, wrong)}, status)

    def with_picture(self, reply: Reply, data: bytes, kind: str) -> Reply:
        if kind.startswith("text/"):
            return replace(reply, body=data, kind=kind)
        body = {"created": 1, "data": [{"b64_json": base64.b64encode(data).decode()}]}
        return as_json(body)


FILTERED = {
    "code": "content_policy_violation",
    "type": "invalid_request_error",
    "message": "Your request was rejected as a result of our safety system.",
    "inner_error": {
        "code": "ResponsibleAIPolicyViolation",
        "content_filter_results": {"violence": {"filtered": True, "severity": "high"}},
    },
}
