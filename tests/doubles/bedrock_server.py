"""A stand-in for AWS Bedrock with Stability's models, over TLS where API keys are used.

Shapes from botocore's description of the service and AWS's user guide. Signatures are looked at, not verified.
"""

import base64
import ssl
from dataclasses import replace
from urllib.parse import unquote

from tests.doubles.service import Asked, Reply, ServiceDouble, as_json, picture

MODELS = (
    "stability.stable-image-core-v1:1",
    "stability.stable-image-ultra-v1:1",
    "stability.sd3-5-large-v1:0",
)
ERRORS = {
    400: ("ValidationException", "Malformed input request."),
    403: ("AccessDeniedException", "You don't have access to the model with the specified model ID."),
    404: ("ResourceNotFoundException", "This model version has reached the end of its life."),
    408: ("ModelTimeoutException", "Model has timed out in processing the request."),
    424: ("ModelErrorException", "The model returned an error."),
    429: ("ThrottlingException", "Too many requests, please wait before trying again."),
    500: ("InternalServerException", "The system encountered an unexpected error during processing."),
    503: ("ServiceUnavailableException", "The service isn't available."),
}


class BedrockDouble(ServiceDouble):
    """Takes ``key`` as an API key, and signatures with ``access_key``. ``expired`` turns signatures down."""

    access_key = "AKIAPLANTED4F1D9C7E2"
    secret_key = "planted/secret+8c1d2e3f4a5b6c7d8e9f0a1b"

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        super().__init__()
        self.safety = self.expired = False
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
            self.address = f"https://127.0.0.1:{self.port}"

    def phase_of(self, asked: Asked) -> str:
        return "submit" if asked.method == "POST" else "probe"

    def answer(self, asked: Asked) -> Reply:
        authorization = asked.headers.get("Authorization", "")
        signed = authorization.startswith("AWS4-HMAC-SHA256") and self.access_key in authorization
        if self.expired and signed:
            return error(
                403, "ExpiredTokenException", "The security token included in the request is expired"
            )
        if not signed and authorization != f"Bearer {self.key}":
            return self.refused(401, asked)
        if self.phase_of(asked) == "probe":
            cycle = {"status": "ACTIVE"}
            return as_json(
                {"modelDetails": {"modelId": MODELS[0], "modelArn": "arn:x", "modelLifecycle": cycle}}
            )
        model = unquote(asked.path).removeprefix("/model/").removesuffix("/invoke")
        if model not in MODELS:
            return error(400, "ValidationException", "The provided model identifier is invalid.")
        return self._drawn(asked, model)

    def _drawn(self, asked: Asked, model: str) -> Reply:
        if self.safety:
            return as_json({"seeds": [], "finish_reasons": ["Filter reason: prompt"], "images": []})
        with self.lock:
            self.bills.append(model)
        seed = asked.json["seed"]
        return as_json(
            drawn(picture(1024, 1024, seed), seed), headers={"x-amzn-RequestId": f"id-{len(self.bills)}"}
        )

    def refused(self, status: int, asked: Asked) -> Reply:
        if status == 401:  # which AWS does not use
            words = f"Authentication failed: API Key {asked.headers.get('Authorization')} is not valid."
            return error(403, "AccessDeniedException", words)
        return error(status, *ERRORS[status])

    def with_picture(self, reply: Reply, data: bytes, kind: str) -> Reply:
        if kind.startswith("text/"):
            return replace(reply, body=data, kind=kind)
        return as_json(drawn(data, 1))


def drawn(data: bytes, seed: int) -> dict[str, object]:
    """An answer with a picture."""
    return {"seeds": [seed], "finish_reasons": [None], "images": [base64.b64encode(data).decode()]}


def error(status: int, code: str, words: str) -> Reply:
    """An error as AWS's REST services give it: its name is in a header."""
    return as_json({"message": words}, status, {"x-amzn-ErrorType": f"{code}:http://internal.amazon.com/"})
