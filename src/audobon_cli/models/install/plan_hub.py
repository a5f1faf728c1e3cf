"""What pulling a model of the Hugging Face hub takes: one variant of the files that its pipeline needs."""

from audobon_cli.domain.errors import ModelUnsupported
from audobon_cli.models.files.model_index import INDEX_FILE
from audobon_cli.models.install.hub_api import Hub
from audobon_cli.models.install.request import PullPlan, PullRequest, preset_of
from audobon_cli.models.install.select_files import PLAIN, select_files
from audobon_cli.models.registry import ModelRegistry
from audobon_cli.models.source import Manifest, ModelSource
from audobon_cli.transfer.download import Download


def hub_plan(request: PullRequest, source: ModelSource, name: str, registry: ModelRegistry) -> PullPlan:
    """The plan for a repository. Raises InvalidInput, ModelUnsupported and what models.install.hub_api.Hub raises."""
    hub = Hub(registry.hub, registry.retries)
    # A model called by its own name is mended as it was recorded; `update` is what moves it on.
    known = registry.manifests.get(request.reference) if request.revision is None else None
    asked = known.commit if known else source.revision
    repository = hub.repository(source.location, asked)
    if repository.file(INDEX_FILE) is None:
        raise ModelUnsupported(
            f"{source} is not a diffusers model: it has no {INDEX_FILE}.",
            hint="for a single .safetensors file give its https:// address",
            source=str(source),
        )
    preset = preset_of(source, name, registry)
    wanted = request.variant or (known.variant or PLAIN if known else preset.variant if preset else None)
    index = hub.read_json(repository, INDEX_FILE)
    chosen = select_files(
        [file.path for file in repository.files], index, wanted, str(source), request.allow_pickle
    )
    cache = registry.cache(source)
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
    # Families that share a pipeline are told apart by the files, once they are here.
    family = registry.presets.sole_family(chosen.pipeline)
    draft = Manifest(
        name=name,
        kind=source.kind,
        source=str(source),
        folder=str(cache.snapshot(repository.commit)),
        files=(),
        pulled="",
        commit=repository.commit,
        variant=chosen.variant,
        family=preset.family if preset else family.name if family else "",
        licence=preset.licence if preset else repository.licence,
        description=preset.description if preset else "",
    )
    return PullPlan(draft, files, cache, asked, chosen.pipeline, pickled=chosen.pickled)
