"""What pulling a model of the Hugging Face hub takes: one variant of the files that its pipeline needs."""

from audobon_cli.models.files.model_index import INDEX_FILE
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
    if repository.file(INDEX_FILE) is None:
        raise builder.no_pipeline("for a single .safetensors file give its https:// address")
    index = hub.read_json(repository, INDEX_FILE)
    selection = builder.select([file.path for file in repository.files], index)
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
