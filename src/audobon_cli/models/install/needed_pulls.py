"""What is to be pulled along with a model, once its header has told what it needs."""

from dataclasses import dataclass

from audobon_cli.domain.errors import AudobonError
from audobon_cli.domain.events import ignore
from audobon_cli.models.install.pull import PullReport, pull
from audobon_cli.models.install.request import PullRequest
from audobon_cli.models.needs import Need, needs_of
from audobon_cli.models.registry import ModelRegistry
from audobon_cli.models.source import Manifest


@dataclass(frozen=True, slots=True)
class NeededPull:
    """A need that a pull of ``request`` would meet, and what that would fetch."""

    need: Need
    request: PullRequest
    report: PullReport


def needed_pulls(manifest: Manifest, registry: ModelRegistry) -> tuple[NeededPull, ...]:
    """The pulls that would bring what ``manifest``, which is on record, needs. Asks their sources for the sizes.

    Raises what a dry run of models.install.pull.pull raises; ``needed_by`` in the details names the manifest.
    """
    found = []
    for need in needs_of(manifest, registry):
        if need.model:
            request = PullRequest(need.model)
            try:
                found.append(NeededPull(need, request, pull(request, registry, ignore, dry_run=True)))
            except AudobonError as error:
                error.details["needed_by"] = manifest.name
                raise
    return tuple(found)
