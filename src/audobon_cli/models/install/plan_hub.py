"""What pulling from the Hugging Face hub takes: one variant of the files that a pipeline needs, or an adapter."""

from audobon_cli.models.install.hub_adapters import select_adapter
from audobon_cli.models.install.hub_api import Hub
from audobon_cli.models.install.plan import PlanBuilder, PullPlan
from audobon_cli.models.install.request import PullRequest
from audobon_cli.models.registry import ModelRegistry
from audobon_cli.models.source import ModelSource


def hub_plan(request: PullRequest, source: ModelSource, name: str, registry: ModelRegistry) -> PullPlan:
    """The plan for a repository. Raises InvalidInput, ModelUnsupported and what models.install.hub_api.Hub raises."""
    hub = Hub(registry.hub, registry.retries)
    # A model called by its own name is mended as it was recorded; `update` is what moves it on.
    known = registry.manifests.get(request.reference) if request.revision is None else None
    asked = known.commit if known else source.revision
    repository = hub.repository(source.location, asked)
    builder = PlanBuilder(request, source, name, registry, known)
    paths = [file.path for file in repository.files]
    selection = builder.select(paths, lambda path: hub.read_json(repository, path))
    if selection is None:
        page = f"{registry.hub.endpoint}/{source.location}"
        selection = select_adapter(paths, request.variant, lambda path: hub.read_json(repository, path), page)
    if selection is None:
        raise builder.no_pipeline("for a single .safetensors file give its https:// address")
    files = {
        file.path: builder.download(
            hub.origin(source.location, repository.commit, file.path),
            file.checksum.value,
            file.size_bytes,
            file.checksum,
        )
        for file in repository.files
        if file.path in selection.paths
    }
    return builder.plan(files, selection, repository.commit, revision=asked, licence=repository.licence)
