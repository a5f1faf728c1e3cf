"""``audobon quality compare``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.screen.columns import Column, Kind
from audobon_cli.cli.session import Session

if TYPE_CHECKING:
    from audobon_cli.reproduction.regression import PictureMeasures, RegressionReport

COLUMNS = (
    Column("name", Kind.NAME),
    Column("quality", Kind.NUMBER),
    Column("look", Kind.NUMBER),
    Column("likeness", Kind.NUMBER),
    Column("verdict"),
    Column("why", Kind.PROSE),
)
SCORED_BY = "sprite"
"""The built-in model, whose scorer says how like a prompt any picture is."""


@command(
    "compare",
    examples=[
        "audobon quality compare tag:release --model sdxl-mine",
        "audobon quality compare tag:release --quality draft --report compare.html",
    ],
)
def compare(
    session: Session,
    pictures: Annotated[
        list[str], typer.Argument(metavar="SET...", help="Kept pictures: ids, names, or queries.")
    ],
    model: Annotated[
        str | None,
        typer.Option("--model", metavar="MODEL", help="Draw with this model. Default: that of each recipe."),
    ] = None,
    quality: Annotated[
        str | None,
        typer.Option("--quality", metavar="QUALITY", help="Draw with the settings of this quality."),
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", metavar="FILE", help="Write an HTML page, too.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Overwrite existing files.")] = False,
) -> None:
    """Draw kept pictures again, and tell if they are worse.

    Of each recipe and seed, by another model or with another quality; the library stays as it is. Quality scores,
    distances from the look of the set and likeness to the prompts stand side by side. Exit status 3 if a mean is
    worse, or a picture could not be drawn.
    """
    from audobon_cli.cli.interruption import Interruption
    from audobon_cli.cli.listening import listening
    from audobon_cli.derivations.run import write_result
    from audobon_cli.library.select import select_assets
    from audobon_cli.models.catalog import find_model
    from audobon_cli.reproduction.regression import Redrawing, compare_set
    from audobon_cli.reproduction.regression_page import regression_page
    from audobon_cli.reproduction.to_request import RequestContext
    from audobon_cli.storage.durable_files import output_exists

    workspace = session.workspace
    if report is not None and not overwrite and report.expanduser().exists():
        raise output_exists(report.expanduser())
    chosen = select_assets(workspace.library, pictures)
    scorer, judge = workspace.scorer(), find_model(SCORED_BY, workspace.models)
    redrawing = Redrawing(
        RequestContext(workspace.settings, workspace.models, workspace.library, model),
        workspace.engine(),
        lambda images, text: scorer(images, text, judge),
        " with ".join(filter(None, (model or "", quality or ""))) or "this version",
        None if quality is None else workspace.presets.quality(quality),
    )
    with (
        Interruption(session.out, eager=True) as interruption,
        listening(session.out, interruption) as listen,
    ):
        found = compare_set(chosen, redrawing, listen, interruption.should_stop)
    if report is not None:
        write_result(report.expanduser(), regression_page(found).encode(), overwrite)
    data = {**_data(found), "report": None if report is None else str(report)}
    session.finish(data, lambda: _view(session, found), found.error())
    session.out.note(f"{found.by} draws these no worse.")


def _measures(one: "PictureMeasures | None") -> dict[str, float] | None:
    if one is None:
        return None
    return {"quality": round(one.quality, 4), "look": round(one.look, 4), "shown": round(one.shown, 4)}


def _data(found: "RegressionReport") -> dict[str, Any]:
    return {
        "by": found.by,
        "before": _measures(found.before),
        "after": _measures(found.after),
        "worse": list(found.worse),
        "pictures": [
            {
                "id": one.asset.id,
                "name": one.asset.name,
                "before": _measures(one.before),
                "after": _measures(one.after),
                "worse": list(one.worse),
                "reason": one.reason,
            }
            for one in found.pictures
        ],
        "passed": found.error() is None,
    }


def _view(session: Session, found: "RegressionReport") -> None:
    """A line for each picture, and the means: what it was, and what it is."""
    rows = [
        (one.asset.name, *_changes(one.before, one.after), _verdict(one.after, one.worse), one.reason)
        for one in found.pictures
    ]
    means = ("mean", *_changes(found.before, found.after), "worse" if found.worse else "ok", "")
    if any(one.after is not None for one in found.pictures):
        rows.append(means)
    session.out.table(COLUMNS, rows, {"failed": "red", "worse": "red", "ok": "green"})


def _verdict(after: "PictureMeasures | None", worse: tuple[str, ...]) -> str:
    return "failed" if after is None else "worse" if worse else "ok"


def _changes(before: "PictureMeasures", after: "PictureMeasures | None") -> tuple[str, str, str]:
    def change(name: str) -> str:
        old = getattr(before, name)
        return f"{old:.2f}" if after is None else f"{old:.2f} to {getattr(after, name):.2f}"

    return change("quality"), change("look"), change("shown")
