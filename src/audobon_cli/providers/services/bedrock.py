"""AWS Bedrock over botocore, the core of boto3: Stability's models by InvokeModel.

Signed as AWS's own tools do (variables, profiles, SSO, roles), or with a Bedrock API key from
AWS_BEARER_TOKEN_BEDROCK or the keyring, which goes over https only.
"""

import base64
import contextlib
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import botocore.session
from botocore import UNSIGNED
from botocore import exceptions as aws
from botocore.awsrequest import AWSPreparedRequest
from botocore.config import Config
from botocore.tokens import FrozenAuthToken
from requests.structures import CaseInsensitiveDict

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.foreign.documents import MOST_ANSWER_BYTES, parse_json
from audobon_cli.domain.providers import Billed, RemoteModel
from audobon_cli.domain.secrets import MASK, Secret
from audobon_cli.providers.access import ProviderAccess
from audobon_cli.providers.http import CONNECT_SECONDS, MAX_JSON_BYTES, failure_of_status
from audobon_cli.providers.parameters import init_picture, prompt_of
from audobon_cli.providers.protocol import (
    FailureKind,
    Preview,
    Probe,
    ProviderFailure,
    RemoteJob,
    RemoteRequest,
)
from audobon_cli.providers.synchronous import (
    PROBE_SECONDS,
    SynchronousProvider,
    failed_probe,
    picture_of,
    preview_of,
    seeded_parameters,
)
from audobon_cli.settings.proxies import require_usable_proxies

T = TypeVar("T")
CHUNK_BYTES = 16 * 1024

KINDS = {
    "ThrottlingException": FailureKind.BUSY,
    "TooManyRequestsException": FailureKind.BUSY,
    "ModelNotReadyException": FailureKind.BUSY,
    "ServiceQuotaExceededException": FailureKind.QUOTA,
    "ResourceNotFoundException": FailureKind.GONE,
    # Its 408 means that the model took too long, not that the request was not heard.
    "ModelTimeoutException": FailureKind.TIMED_OUT,
    "ModelErrorException": FailureKind.FAILED,
    "ExpiredToken": FailureKind.KEY,
    "ExpiredTokenException": FailureKind.KEY,
    "InvalidClientTokenId": FailureKind.KEY,
    "InvalidSignatureException": FailureKind.KEY,
    "IncompleteSignature": FailureKind.KEY,
    "MissingAuthenticationTokenException": FailureKind.KEY,
    "UnrecognizedClientException": FailureKind.KEY,
}
"""Errors whose status does not say enough."""

GONE_WORDS = ("model identifier is invalid", "end of its life", "is legacy")
REFUSED_WORDS = ("content filter", "moderation", "flagged", "responsible ai")
KEY_WORDS = ("authentication failed", "api key", "security token", "bearer token")
"""Parts of messages of ValidationException and AccessDeniedException, which stand for several things."""


class Bedrock(SynchronousProvider):
    """Implements protocol.Provider."""

    def __init__(self, access: ProviderAccess) -> None:
        self._access = access
        self._session = botocore.session.Session()
        self._signing: str | None = None
        models = access.preset.models
        try:
            configured = self._session.get_config_variable("region")
        except aws.BotoCoreError as error:
            raise InvalidInput(
                f"The configuration of AWS cannot be used: {error}.",
                hint="check AWS_PROFILE and ~/.aws/config",
            ) from error
        usual_region = models[access.preset.default_model].regions[0]
        self._region = access.variables.get("AWS_REGION") or configured or usual_region
        moved = any(access.variables.get(name) for name in access.preset.endpoint_variables)
        usual = f"https://bedrock-runtime.{self._region}.amazonaws.com"
        self.servers = (access.endpoint if moved else usual,)

    def credentials(self) -> str | None:
        """See Provider.credentials. The machine's own role, which must be asked for, is not looked for elsewhere
        than on AWS."""
        origin = self._access.key_origin()
        if origin is not None:
            return origin
        local = botocore.session.Session()
        local.get_component("credential_provider").remove("iam-role")
        with contextlib.suppress(aws.BotoCoreError):
            found = local.get_credentials()
            if found is not None:
                return f"AWS ({found.method})"
        machine = Path("/sys/class/dmi/id/sys_vendor")
        on_aws = machine.exists() and machine.read_text(encoding="utf-8", errors="replace").startswith(
            "Amazon"
        )
        return "AWS (iam-role)" if on_aws else None

    def preview(self, job: RemoteRequest) -> Preview:
        """See Provider.preview."""
        client = self._client(PROBE_SECONDS, UNSIGNED)
        client.meta.events.register("before-send.bedrock-runtime.InvokeModel", _stop)
        try:
            self._send(client, job)
        except _Stopped as stopped:
            request = stopped.request
            headers = {name: _text(value) for name, value in request.headers.items()}
            return preview_of("POST", request.url, {**headers, "Authorization": MASK}, request.body or b"")
        raise AssertionError("the call sent nothing")

    def submit(self, job: RemoteRequest, server: str) -> RemoteJob:
        """Ask for the picture, which comes with the answer."""
        _check_region(job.model, self._region)
        require_usable_proxies(self.servers[0], socks="")
        ends = time.monotonic() + job.seconds
        with closing(_translated(lambda: self._client(job.seconds, self._signed()))) as client:
            answer = _translated(lambda: self._send(client, job))
            content = _translated(lambda: b"".join(_pieces(answer["body"], ends)))
        ident = answer["ResponseMetadata"].get("RequestId", "")
        kind = str(answer.get("contentType", ""))
        if kind.startswith("text/"):
            raise ProviderFailure(FailureKind.BAD_ANSWER, f"it delivered {kind} in place of a picture")
        return RemoteJob(ident, server, True, _picture(content))

    def probe(self, server: str) -> Probe:
        """Asks about a model and its end of life, which is free but needs bedrock:GetFoundationModel."""
        require_usable_proxies(server, socks="")
        began = time.monotonic()
        preset = self._access.preset
        name = preset.models[preset.default_model].id
        try:
            signing = self._signed()
            with closing(_translated(lambda: self._client(PROBE_SECONDS, signing, "bedrock"))) as client:
                found = _translated(lambda: client.get_foundation_model(modelIdentifier=name))
        except ProviderFailure as failure:
            return failed_probe(server, began, failure)
        cycle = found.get("modelDetails", {}).get("modelLifecycle", {})
        facts = {"region": self._region, "lifecycle": str(cycle.get("status", "unknown"))}
        ends = cycle.get("endOfLifeTime")
        if isinstance(ends, date):
            facts["ends"] = ends.isoformat()[:10]
        return Probe(server, True, time.monotonic() - began, True, facts=facts)

    def _client(self, seconds: float, signing: object, service: str = "bedrock-runtime") -> Any:
        """A client with a connection of its own, which neither tries again nor waits longer."""
        config = Config(
            retries={"total_max_attempts": 1, "mode": "standard"},
            connect_timeout=min(CONNECT_SECONDS, seconds),
            read_timeout=seconds,
            region_name=self._region,
            **({"signature_version": signing} if signing else {}),
        )
        address = self.servers[0] if service == "bedrock-runtime" else None
        return self._session.create_client(service, endpoint_url=address, config=config)

    def _send(self, client: Any, job: RemoteRequest) -> Mapping[str, Any]:
        """The call itself."""
        values = {"prompt": prompt_of(job), **seeded_parameters(job)}
        picture = init_picture(job)
        if picture is not None:
            # The picture's shape takes the place of the one asked for.
            values.pop("aspect_ratio", None)
            values |= {"mode": "image-to-image", "image": base64.b64encode(picture).decode()}
        body = json.dumps(values)
        answer: Mapping[str, Any] = client.invoke_model(
            modelId=job.model.id, body=body, contentType="application/json", accept="application/json"
        )
        return answer

    def _signed(self) -> str:
        """How requests are signed: "bearer" with a key, "" as AWS's tools do. Raises ProviderFailure (NO_KEY, KEY)."""
        if self._signing is None:
            key = self._access.key()
            if key is not None and not self.servers[0].startswith("https://"):
                raise ProviderFailure(
                    FailureKind.REJECTED, "an API key goes over https only, and the address is http"
                )
            if key is not None:
                self._session.register_component("token_provider", _ApiKey(key))
            elif self.credentials() is None:
                raise ProviderFailure(FailureKind.NO_KEY, "no key was found, and no AWS credentials")
            self._signing = "bearer" if key else ""
        if not self._signing:
            credentials = _translated(self._session.get_credentials)
            if credentials is None:
                raise ProviderFailure(FailureKind.NO_KEY, "no key was found, and no AWS credentials")
            frozen = _translated(credentials.get_frozen_credentials)
            for value in (frozen.secret_key, frozen.token):
                if value:
                    Secret(value, "AWS credentials")
        return self._signing


class _ApiKey:
    """Gives botocore the key, wherever it was found; botocore itself knows one place only."""

    def __init__(self, key: Secret) -> None:
        self._key = key

    def load_token(self, **_: object) -> FrozenAuthToken:
        return FrozenAuthToken(self._key.reveal())


class _Stopped(Exception):
    """Carries a request that was stopped at the socket."""

    def __init__(self, request: AWSPreparedRequest) -> None:
        self.request = request


def _stop(request: AWSPreparedRequest, **_: object) -> NoReturn:
    raise _Stopped(request)


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _check_region(model: RemoteModel, region: str) -> None:
    """Pictures are not sent to another region than the user's; one without the model is an error before."""
    if model.regions and region not in model.regions:
        offered = ", ".join(model.regions)
        raise ProviderFailure(
            FailureKind.REJECTED, f"{model.name} is offered in {offered}, not in {region} (set AWS_REGION)"
        )


def _pieces(body: Any, ends: float) -> Iterator[bytes]:
    """The answer within bounds of size and time."""
    size = 0
    for piece in body.iter_chunks(CHUNK_BYTES):
        size += len(piece)
        if size > MAX_JSON_BYTES:
            raise ProviderFailure(
                FailureKind.BAD_ANSWER, f"its answer is larger than {MAX_JSON_BYTES // 2**20} MiB"
            )
        if time.monotonic() > ends:
            raise ProviderFailure(FailureKind.TIMED_OUT, "its answer came too slowly")
        yield piece


def _picture(content: bytes) -> bytes:
    """The picture of an answer. The safety system answers 200 with a reason and without a picture."""
    try:
        found = parse_json(content, MOST_ANSWER_BYTES, lenient=True)
    except ValueError as error:
        raise ProviderFailure(FailureKind.BAD_ANSWER, "its answer is not JSON") from error
    if not isinstance(found, dict):
        raise ProviderFailure(FailureKind.BAD_ANSWER, "its answer is no JSON object")
    reasons = found.get("finish_reasons")
    reason = reasons[0] if isinstance(reasons, list) and reasons else None
    if isinstance(reason, str) and reason.lower().startswith("filter"):
        raise ProviderFailure(FailureKind.REFUSED, reason, Billed.NO)
    if reason is not None:
        raise ProviderFailure(FailureKind.FAILED, str(reason), Billed.NO)
    pictures = found.get("images")
    return picture_of(pictures[0] if isinstance(pictures, list) and pictures else None)


def _translated(call: Callable[[], T]) -> T:
    """What ``call`` to botocore returns; what it raises, as ProviderFailure."""
    try:
        return call()
    except aws.ClientError as error:
        raise _refusal(error) from error
    except (aws.ParamValidationError, aws.UnknownServiceError):
        raise  # mistakes of ours
    except aws.BotoCoreError as error:
        raise _failure(error) from error


def _refusal(error: aws.ClientError) -> ProviderFailure:
    """What an error of the service means: by its name, else by its status."""
    answer: Any = error.response
    about, meta = answer.get("Error", {}), answer.get("ResponseMetadata", {})
    code, words = str(about.get("Code", "")), str(about.get("Message", ""))
    plain = words.lower()
    kind = KINDS.get(code)
    if code == "ValidationException" and any(part in plain for part in GONE_WORDS):
        kind = FailureKind.GONE
    elif code == "ValidationException" and any(part in plain for part in REFUSED_WORDS):
        kind = FailureKind.REFUSED
    elif code == "AccessDeniedException" and any(part in plain for part in KEY_WORDS):
        kind = FailureKind.KEY
    # botocore writes the names of headers in small letters.
    headers = CaseInsensitiveDict(meta.get("HTTPHeaders", {}))
    by_status = failure_of_status(int(meta.get("HTTPStatusCode", 500)), headers, b"")
    fact = f"{by_status.fact} ({words or code})"
    return ProviderFailure(kind or by_status.kind, fact, wait_seconds=by_status.wait_seconds)


def _failure(error: aws.BotoCoreError) -> ProviderFailure:
    """What a failure on this side of the service means: was the request sent?"""
    match error:
        case aws.NoCredentialsError() | aws.PartialCredentialsError() | aws.NoAuthTokenError():
            return ProviderFailure(FailureKind.NO_KEY, "no key was found, and no AWS credentials")
        case (
            aws.ProfileNotFound()
            | aws.CredentialRetrievalError()
            | aws.TokenRetrievalError()
            | aws.SSOError()
        ):
            return ProviderFailure(FailureKind.KEY, f"AWS credentials cannot be had ({error})")
        case aws.SSLError():
            return ProviderFailure(FailureKind.UNREACHABLE, "its certificate is not to be trusted")
        case aws.EndpointConnectionError() if "NameResolution" in repr(error.kwargs.get("error")):
            return ProviderFailure(FailureKind.UNREACHABLE, "the host's name is not known")
        case aws.EndpointConnectionError() | aws.ConnectTimeoutError() | aws.ProxyConnectionError():
            return ProviderFailure(FailureKind.UNREACHABLE, "no connection could be made")
        case aws.ReadTimeoutError():
            return ProviderFailure(FailureKind.TIMED_OUT, "no byte came for too long")
        case aws.HTTPClientError() | aws.IncompleteReadError():
            return ProviderFailure(FailureKind.LOST, "the connection broke off")
        case _:
            return ProviderFailure(
                FailureKind.BAD_ANSWER, f"its answer cannot be read ({type(error).__name__})", Billed.UNKNOWN
            )
