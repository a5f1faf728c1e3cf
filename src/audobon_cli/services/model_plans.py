"""From a reference to the list of files that pulling it takes. Asks the source; fetches nothing large."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from audobon_cli.domain.errors import InvalidInput, ModelNotFound, ModelUnsupported
from audobon_cli.domain.model_source import (
    Manifest,
    ModelSource,
    SourceKind,
    check_name,
    parse_source,
    public_address,
    refuse_pickled,
)
from audobon_cli.services.model_shelf import ModelShelf
from audobon_cli.settings.presets import ModelPreset
from audobon_cli.stores.checksums import Checksum
from audobon_cli.stores.downloads import Download
from audobon_cli.stores.http_origin import HttpOrigin
from audobon_cli.stores.hub import Hub
from audobon_cli.stores.hub_cache import HubCache
from audobon_cli.stores.model_index import INDEX_FILE
from audobon_cli.stores.model_selection import PLAIN, select_files
from audobon_cli.stores.patience import persist

OWN_HOSTS = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class PullRequest:
    """What to pull; None leaves a choice open. ``sha256`` is for single files."""

    reference: str
    name: str | None = None
    revision: str | None = None
    variant: str | None = None
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class PullPlan:
    """Everything that is known before the first large byte.

    ``draft`` is the manifest to be, without files; ``files`` maps each path to its download. ``cache`` is
    set for models of the hub, whose ``revision`` the user asked for.
    """

    draft: Manifest
    files: dict[str, Download] = field(default_factory=dict)
    cache: HubCache | None = None
    revision: str = ""
    pipeline: str = ""

    @property
    def workplace(self) -> Path:
        """The folder to lock while this is carried out."""
        return next(iter(self.files.values())).incomplete


def plan_pull(request: PullRequest, shelf: ModelShelf) -> PullPlan:
    """Ask the source what ``request`` names and choose its files.

    Raises ModelNotFound for a name that is neither known nor a source, InvalidInput, ModelUnsupported,
    SourceOffline and what stores.hub.Hub raises.
    """
    preset = shelf.presets.models.get(request.reference)
    known = shelf.manifests.get(request.reference)
    source = _source(request, preset, known)
    shelf.go_online(f"Pulling {request.reference}")
    name = check_name(request.name or _own_name(preset, known) or source.default_name)
    if source.kind is SourceKind.HUB:
        return _hub_plan(request, source, name, shelf)
    return _file_plan(request, source, name, shelf)


def _own_name(preset: ModelPreset | None, known: Manifest | None) -> str:
    return preset.name if preset else known.name if known else ""


def _source(request: PullRequest, preset: ModelPreset | None, known: Manifest | None) -> ModelSource:
    text = known.source if known else preset.pull if preset else request.reference
    if known is None and preset is not None and not preset.pull:
        raise InvalidInput(f"The model {preset.name} is here already; it is not pulled.", hint="just use it")
    source = parse_source(text)
    if source is None:
        if Path(text).expanduser().exists():
            raise InvalidInput(
                f"{text} is on this machine already.", hint=f"make it known with `audobon models add {text}`"
            )
        raise ModelNotFound(
            f"{request.reference!r} is neither the name of a model nor a source.",
            hint="give a name of `audobon models list`, hf:ORG/NAME or an https:// address",
            model=request.reference,
        )
    if request.revision is not None:
        if source.kind is not SourceKind.HUB:
            raise InvalidInput("--revision is for models of the hub (hf:).", hint="leave it out")
        source = ModelSource(source.kind, source.location, request.revision)
    if request.sha256 is not None and source.kind is not SourceKind.HTTP:
        raise InvalidInput(
            "--sha256 is for single files (https://); other sources publish digests.", hint="leave it out"
        )
    return source


def _preset_of(source: ModelSource, name: str, shelf: ModelShelf) -> ModelPreset | None:
    """The preset that describes this source: that of the name, or any of the same repository."""
    found = [preset for preset in shelf.presets.models.values() if preset.pull]
    same = [p for p in found if (parsed := parse_source(p.pull)) and parsed.location == source.location]
    return next((preset for preset in same if preset.name == name), same[0] if same else None)


def _hub_plan(request: PullRequest, source: ModelSource, name: str, shelf: ModelShelf) -> PullPlan:
    hub = Hub(shelf.hub, shelf.patience)
    # A model called by its own name is mended as it was recorded; `update` is what moves it on.
    known = shelf.manifests.get(request.reference) if request.revision is None else None
    asked = known.commit if known else source.revision
    repository = hub.repository(source.location, asked)
    if repository.file(INDEX_FILE) is None:
        raise ModelUnsupported(
            f"{source} is not a diffusers model: it has no {INDEX_FILE}.",
            hint="for a single .safetensors file give its https:// address",
            source=str(source),
        )
    preset = _preset_of(source, name, shelf)
    wanted = request.variant or (known.variant or PLAIN if known else preset.variant if preset else None)
    index = hub.read_json(repository, INDEX_FILE)
    chosen = select_files([file.path for file in repository.files], index, wanted, str(source))
    cache = HubCache(shelf.hub.cache, source.location)
    files = {
        file.path: Download(
            origin=hub.origin(source.location, repository.commit, file.path),
            target=cache.blob(file.checksum.value),
            incomplete=cache.incomplete,
            quarantine=cache.quarantine,
            key=file.checksum.value,
            size_bytes=file.size_bytes,
            checksum=file.checksum,
        )
        for file in repository.files
        if file.path in chosen.paths
    }
    candidates = [f.name for f in shelf.presets.families.values() if chosen.pipeline in f.pipelines]
    draft = Manifest(
        name=name,
        kind=source.kind,
        source=str(source),
        folder=str(cache.snapshot(repository.commit)),
        files=(),
        pulled="",
        commit=repository.commit,
        variant=chosen.variant,
        # Families that share a pipeline are told apart by the files, once they are here.
        family=preset.family if preset else candidates[0] if len(candidates) == 1 else "",
        licence=preset.licence if preset else repository.licence,
        description=preset.description if preset else "",
    )
    return PullPlan(draft, files, cache, asked, chosen.pipeline)


def _file_plan(request: PullRequest, source: ModelSource, name: str, shelf: ModelShelf) -> PullPlan:
    _refuse_open_line(request, source)
    file = unquote(urlsplit(source.location).path).rpartition("/")[2]
    refuse_pickled(file)
    if not file.endswith(".safetensors"):
        file = f"{name}.safetensors"
    if not re.fullmatch(r"[\w.+ -]{1,200}", file) or file.startswith("."):
        raise InvalidInput(f"{file!r} cannot be a file name here.", hint="give the model a name with --name")
    folder = shelf.files(name)
    token = shelf.hub.token if source.location.startswith(f"{shelf.hub.endpoint}/") else None
    origin = HttpOrigin(source.location, token=token)

    def ask_size() -> int | None:
        with origin.open(0, "") as body:
            return body.total_bytes

    checksum = _file_checksum(request, source, name, shelf)
    download = Download(
        origin=origin,
        target=folder / file,
        incomplete=folder / ".incomplete",
        quarantine=folder / ".quarantine",
        key=file,
        size_bytes=persist(ask_size, origin.address, shelf.patience),
        checksum=checksum,
    )
    draft = Manifest(name, source.kind, public_address(source.location), str(folder), (), "")
    return PullPlan(draft, {file: download})


def _refuse_open_line(request: PullRequest, source: ModelSource) -> None:
    """Raise InvalidInput for http:// from another machine: anyone on the way could change the file."""
    parts = urlsplit(source.location)
    if parts.scheme == "http" and parts.hostname not in OWN_HOSTS and request.sha256 is None:
        raise InvalidInput(
            "Over http:// anyone on the way could change the file.",
            hint="use https://, or give the digest that the file must have with --sha256",
        )


def _file_checksum(
    request: PullRequest, source: ModelSource, name: str, shelf: ModelShelf
) -> Checksum | None:
    """The digest asked for, else the one recorded when this address was pulled before."""
    if request.sha256 is not None:
        value = request.sha256.lower().removeprefix("sha256:")
        if not re.fullmatch(r"[0-9a-f]{64}", value):
            raise InvalidInput("--sha256 takes 64 hexadecimal digits.", hint="copy it from the model's page")
        return Checksum("sha256", value)
    known = shelf.manifests.get(name)
    if known is not None and known.source == public_address(source.location) and known.files:
        return Checksum("sha256", known.files[0].sha256)
    return None
