"""``audobon recipe run``."""

from typing import TYPE_CHECKING, Any

from audobon_cli.cli.options import command
from audobon_cli.cli.recipe.options import Sources, find_source
from audobon_cli.cli.requests.files import FileOptions
from audobon_cli.cli.requests.models import ModelReference
from audobon_cli.cli.session import Session
from audobon_cli.domain.model import LOCAL_ENGINE

if TYPE_CHECKING:
    from audobon_cli.reproduction.run_recipe import Rerun


@command(
    "run",
    examples=["audobon recipe run dragon.toml", "audobon recipe run dragon.png --out again/ --redraw"],
)
def run(session: Session, sources: Sources, files: FileOptions, model: ModelReference = None) -> None:
    """Draw the pictures of recipes.

    What the library has already is not drawn again. Exit status 3 if a picture differs from the one that the
    recipe describes; the cause is named.
    """
    from audobon_cli.batch.run import run_batch
    from audobon_cli.cli.generation_session import generation_session, plan_outputs
    from audobon_cli.generation.run import check_run
    from audobon_cli.reproduction.run_recipe import drifted, jobs_of, request_to_run, rerun
    from audobon_cli.reproduction.to_request import RequestContext

    workspace = session.workspace
    here = RequestContext(workspace.settings, workspace.models, workspace.library, model)
    found = [find_source(session, source) for source in sources]
    requests = [request_to_run(one, here) for one in found]
    outputs = plan_outputs(session, requests, files)
    check_run(requests, workspace.library, outputs)
    # A strategy is about the memory of a network here: sounds, compositions and providers' pictures have none.
    strategies = [one.strategy.name if one.engine == LOCAL_ENGINE else "" for one in requests]
    placed = [
        workspace.vram.selector.place(one, strategy, shown=False)
        for one, strategy in zip(requests, strategies, strict=True)
    ]
    with generation_session(session, placed, outputs, files.fresh) as context:
        report = run_batch(jobs_of(requests), context)
    done = rerun(found, report, workspace.library)
    data = {"recipes": [_rerun_data(one) for one in done]}
    session.finish(data, lambda: _show_run(session, done, files), report.stopped_by or drifted(done))


def _rerun_data(one: "Rerun") -> dict[str, Any]:
    from audobon_cli.cli.generation_session import picture_data
    from audobon_cli.cli.reproduction_views import changes_data, difference_data

    return {
        "source": one.found.source,
        "status": one.verdict.value,
        "difference": difference_data(one.difference),
        "changes": changes_data(one.changes),
        "reason": one.reason,
        "asset": picture_data(one.made) if one.made else None,
    }


def _show_run(session: Session, done: "tuple[Rerun, ...]", files: FileOptions) -> None:
    """Paths or ids to stdout, verdicts to stderr."""
    from audobon_cli.cli.generation_session import show_made
    from audobon_cli.cli.screen.images import show_picture

    for one in done:
        if one.made is None:
            continue
        show_made(session, one.made, files, show_picture)
        why = f": {'; '.join(map(str, one.changes))}" if one.changes else ""
        session.out.note(f"{one.found.source}: {one.verdict.value}{why}")
