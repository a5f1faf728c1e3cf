"""What pulling a single file takes, from the hub's or any other web server."""

import re
from urllib.parse import unquote, urlsplit

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.models.files.weight_header import SUFFIXES
from audobon_cli.models.install.plan import PullPlan
from audobon_cli.models.install.request import PullRequest
from audobon_cli.models.registry import ModelRegistry
from audobon_cli.models.source import (
    CONVERTED,
    Manifest,
    ModelSource,
    is_pickled,
    public_address,
    refuse_pickled,
)
from audobon_cli.transfer.checksums import Checksum
from audobon_cli.transfer.download import Download
from audobon_cli.transfer.http import HttpOrigin
from audobon_cli.transfer.retry import retry_source

OWN_HOSTS = ("127.0.0.1", "localhost", "::1")


def file_plan(request: PullRequest, source: ModelSource, name: str, registry: ModelRegistry) -> PullPlan:
    """The plan for one address. Raises InvalidInput and what HttpOrigin.open raises."""
    _refuse_open_line(request, source)
    file = unquote(urlsplit(source.location).path).rpartition("/")[2]
    pickled = is_pickled(file) and request.allow_pickle
    if not pickled:
        refuse_pickled(file)
    if not pickled and not file.endswith(SUFFIXES):
        file = f"{name}.safetensors"
    if not re.fullmatch(r"[\w.+ -]{1,200}", file) or file.startswith("."):
        raise InvalidInput(f"{file!r} cannot be a file name here.", hint="give the model a name with --name")
    folder = registry.files(name)
    token = registry.hub.token if source.location.startswith(f"{registry.hub.endpoint}/") else None
    origin = HttpOrigin(source.location, token=token)

    def ask_size() -> int | None:
        with origin.open(0, "") as body:
            return body.total_bytes

    checksum = _file_checksum(request, source, name, registry)
    download = Download(
        origin=origin,
        target=folder / file,
        incomplete=folder / ".incomplete",
        quarantine=folder / ".quarantine",
        key=file,
        size_bytes=retry_source(ask_size, origin.address, registry.retries),
        checksum=checksum,
    )
    draft = Manifest(name, source.kind, public_address(source.location), str(folder), (), "")
    return PullPlan(draft, {file: download}, pickled=(file,) if pickled else ())


def _refuse_open_line(request: PullRequest, source: ModelSource) -> None:
    """Raise InvalidInput for http:// from another machine: anyone on the way could change the file."""
    parts = urlsplit(source.location)
    if parts.scheme == "http" and parts.hostname not in OWN_HOSTS and request.sha256 is None:
        raise InvalidInput(
            "Over http:// anyone on the way could change the file.",
            hint="use https://, or give the digest that the file must have with --sha256",
        )


def _file_checksum(
    request: PullRequest, source: ModelSource, name: str, registry: ModelRegistry
) -> Checksum | None:
    """The digest asked for, else the one recorded when this address was pulled before."""
    if request.sha256 is not None:
        value = request.sha256.lower().removeprefix("sha256:")
        if not re.fullmatch(r"[0-9a-f]{64}", value):
            raise InvalidInput("--sha256 takes 64 hexadecimal digits.", hint="copy it from the model's page")
        return Checksum("sha256", value)
    known = registry.manifests.get(name)
    if known is not None and known.source == public_address(source.location) and known.files:
        # Of a converted file the source has the pickle.
        version = known.files[0].version
        converted = version.startswith(CONVERTED)
        return Checksum("sha256", version.removeprefix(CONVERTED) if converted else known.files[0].sha256)
    return None
