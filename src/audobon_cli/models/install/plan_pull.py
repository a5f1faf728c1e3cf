"""From a reference to the list of files that pulling it takes. Asks the source; fetches nothing large."""

from pathlib import Path

from audobon_cli.domain.errors import InvalidInput, ModelNotFound
from audobon_cli.models.install.login import with_token
from audobon_cli.models.install.plan import PullPlan
from audobon_cli.models.install.plan_gcs import gcs_plan
from audobon_cli.models.install.plan_http import file_plan
from audobon_cli.models.install.plan_hub import hub_plan
from audobon_cli.models.install.request import PullRequest
from audobon_cli.models.refused import refuse_known
from audobon_cli.models.registry import ModelRegistry
from audobon_cli.models.source import Manifest, ModelSource, SourceKind, parse_source
from audobon_cli.presets.catalog import ModelPreset, nearest

PLANNERS = {SourceKind.HUB: hub_plan, SourceKind.GCS: gcs_plan, SourceKind.HTTP: file_plan}


def plan_pull(request: PullRequest, registry: ModelRegistry) -> PullPlan:
    """Ask the source what ``request`` names and choose its files.

    Raises ModelNotFound for a name that is neither known nor a source, InvalidInput, ModelUnsupported,
    SourceOffline and what the source's own plan raises.
    """
    refuse_known(request.reference, registry.presets)
    preset = registry.presets.models.get(request.reference)
    known = registry.manifests.get(request.reference)
    source = _source(request, preset, known, registry)
    registry.require_network(f"Pulling {request.reference}")
    name = registry.manifests.new_name(request.name or _own_name(preset, known) or source.default_name)
    if source.kind is not SourceKind.GCS:
        registry = with_token(registry)
    return PLANNERS[source.kind](request, source, name, registry)


def _own_name(preset: ModelPreset | None, known: Manifest | None) -> str:
    return preset.name if preset else known.name if known else ""


def _source(
    request: PullRequest, preset: ModelPreset | None, known: Manifest | None, registry: ModelRegistry
) -> ModelSource:
    text = known.source if known else preset.pull if preset else request.reference
    if known is None and preset is not None and not preset.pull:
        raise InvalidInput(f"The model {preset.name} is here already; it is not pulled.", hint="just use it")
    source = parse_source(text)
    if source is None and known is not None and known.place:
        raise InvalidInput(
            f"The model {known.name} came from {known.place}.",
            hint=f"audobon models pull {known.name} --from {known.place}",
        )
    if source is None:
        if Path(text).expanduser().exists():
            raise InvalidInput(
                f"{text} is on this machine already.", hint=f"make it known with `audobon models add {text}`"
            )
        near = nearest(request.reference, registry.presets.models)
        raise ModelNotFound(
            f"{request.reference!r} is neither the name of a model nor a source.",
            hint=(f"did you mean {' or '.join(near)}? " if near else "")
            + "give a name of `audobon models list`, hf:ORG/NAME, gs://BUCKET/FOLDER or an https:// address",
            model=request.reference,
            nearest=near,
        )
    if request.revision is not None:
        if source.kind is not SourceKind.HUB:
            raise InvalidInput("--revision is for models of the hub (hf:).", hint="leave it out")
        source = ModelSource(source.kind, source.location, request.revision)
    if request.sha256 is not None and source.kind is not SourceKind.HTTP:
        raise InvalidInput(
            "--sha256 is for single files (https://); other sources publish digests.", hint="leave it out"
        )
    if request.project and source.kind is not SourceKind.GCS:
        raise InvalidInput("--project is for Cloud Storage (gs://).", hint="leave it out")
    return source
