"""``audobon recipe``: how pictures were made, as files that any machine with the model can run."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.recipe.reproduce import ModelReference
from audobon_cli.cli.requests.files import FileOptions
from audobon_cli.cli.session import Session
from audobon_cli.domain.errors import InvalidInput

if TYPE_CHECKING:
    from audobon_cli.reproduction.recipe_files import Found
    from audobon_cli.reproduction.run_recipe import Rerun

app = typer.Typer(no_args_is_help=True, help="How pictures were made, and making them again elsewhere.")

Source = Annotated[
    str, typer.Argument(metavar="SOURCE", help="A recipe's .toml, a PNG that Audobon made, or an asset.")
]
Sources = Annotated[
    list[str],
    typer.Argument(metavar="SOURCE...", help="Recipes' .toml files, PNGs that Audobon made, or assets."),
]


@command(
    app, "show", examples=["audobon recipe show dragon", "audobon recipe show sprites/dragon.png --json"]
)
def show(session: Session, source: Source) -> None:
    """Show how a picture was made: words, model, seed, versions, all that decides on it."""
    from audobon_cli.reproduction.recipe_files import recipe_toml

    found = _find(session, source)
    session.out.result(_data(found), lambda: session.out.line(recipe_toml(found).rstrip("\n")))


@command(
    app,
    "export",
    examples=["audobon recipe export dragon --to dragon.toml", "audobon recipe export dragon.png --to -"],
)
def export(
    session: Session,
    source: Source,
    to: Annotated[str, typer.Option("--to", metavar="FILE|-", help="Where to write; - is stdout.")] = "-",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a file that is there.")] = False,
) -> None:
    """Write a recipe as a TOML file; `audobon recipe run` makes the picture of it, here or elsewhere."""
    from audobon_cli.reproduction.recipe_files import recipe_toml
    from audobon_cli.storage.durable_files import write_output

    found = _find(session, source)
    found.drawn()
    text = recipe_toml(found)
    if to == "-":
        session.out.result(_data(found), lambda: session.out.line(text.rstrip("\n")))
        return
    path = Path(to).expanduser()
    write_output(path, text.encode(), overwrite)
    session.out.result({**_data(found), "path": str(path)}, lambda: session.out.line(str(path)))


@command(
    app,
    "run",
    examples=["audobon recipe run dragon.toml", "audobon recipe run dragon.png --out again/ --fresh"],
)
def run(session: Session, sources: Sources, files: FileOptions, model: ModelReference = None) -> None:
    """Make the pictures of recipes, and file them; what the library has already is not drawn again.

    Ends with status 3 if one does not come out as the recipe's picture was, and says because of what.
    """
    from audobon_cli.batch.run import run_batch
    from audobon_cli.cli.generation_session import generation_session, plan_outputs
    from audobon_cli.generation.run import check_run
    from audobon_cli.reproduction.run_recipe import drifted, jobs_of, request_to_run, rerun
    from audobon_cli.reproduction.to_request import RequestContext

    workspace = session.workspace
    here = RequestContext(workspace.settings, workspace.models, workspace.library, model)
    found = [_find(session, source) for source in sources]
    requests = [request_to_run(one, here) for one in found]
    outputs = plan_outputs(session, requests, files.out, files.overwrite)
    check_run(requests, workspace.library, outputs)
    placed = [workspace.selector.place(one, one.strategy.name, shown=False) for one in requests]
    with generation_session(session, placed, outputs, files.fresh) as context:
        report = run_batch(jobs_of(requests), context)
    done = rerun(found, report, workspace.library)
    data = {"recipes": [_rerun_data(one) for one in done]}
    session.finish(data, lambda: _show_run(session, done, files.preview), report.stopped_by or drifted(done))


def _find(session: Session, source: str) -> "Found":
    from audobon_cli.reproduction.recipe_files import find_recipe

    if source == "-":
        raise InvalidInput("A recipe is read from a file.", hint="write it into one first")
    return find_recipe(source, session.workspace.library)


def _data(found: "Found") -> dict[str, Any]:
    return {
        "source": found.source,
        "recipe": found.recipe.to_dict() if found.recipe else None,
        "derivation": found.derivation.to_dict() if found.derivation else None,
        "pixels_sha256": found.pixels or None,
    }


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


def _show_run(session: Session, done: "tuple[Rerun, ...]", preview: bool) -> None:
    """Paths to stdout, verdicts to stderr."""
    from audobon_cli.cli.images import show_picture

    blobs = session.workspace.library.blobs
    for one in done:
        if one.made is None:
            continue
        if preview:
            show_picture(session.out.messages, blobs.read(one.made.asset.blob))
        if one.made.path is None:
            session.out.binary(blobs.read(one.made.asset.blob))
        else:
            session.out.line(str(one.made.path))
        why = f": {'; '.join(map(str, one.changes))}" if one.changes else ""
        session.out.note(f"{one.found.source}: {one.verdict.value}{why}")
