"""Look at what is learnt from."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.screen.columns import Column, Kind
from audobon_cli.cli.session import Session
from audobon_cli.cli.train.set_options import Pictures, SetOptions, set_request
from audobon_cli.domain.units import plural

if TYPE_CHECKING:
    from audobon_cli.training.pictures.findings import CheckedSet

GROUP = ("check",)

COLUMNS = (Column("severity"), Column("finding", Kind.PROSE))
COLOURS = {"error": "red", "warning": "yellow"}


@command(
    "check",
    examples=[
        "audobon train data check tag:hero --trigger zorv",
        "audobon train data check art/ --trigger zorv --fail --report set.html",
        'audobon train data check tag:hero --caption "{trigger}, {name}, {tags}" --json',
    ],
)
def check(
    session: Session,
    pictures: Pictures,
    model: Annotated[
        str | None, typer.Option("--model", "-m", help="The model to train. Default: the one that draws.")
    ] = None,
    gate: Annotated[
        bool, typer.Option("--fail", help="Exit status 3 if `train lora` would refuse the set.")
    ] = False,
    strict: Annotated[bool, typer.Option("--strict", help="The same for warnings, too.")] = False,
    report: Annotated[
        Path | None, typer.Option("--report", metavar="FILE", help="Write an HTML page, too.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Overwrite existing files.")] = False,
    *,
    options: SetOptions,
) -> None:
    """Check pictures and captions before training.

    Errors are what `train lora` refuses; nothing is stored.
    """
    from audobon_cli.cli.interruption import Interruption
    from audobon_cli.cli.listening import listening
    from audobon_cli.derivations.run import write_result
    from audobon_cli.models.catalog import find_model
    from audobon_cli.sprites.pictures import PictureReader
    from audobon_cli.training.pictures.findings import check_set, gate_error
    from audobon_cli.training.pictures.page import set_page

    workspace = session.workspace
    chosen = find_model(model or workspace.settings.model, workspace.models)
    request = set_request(session, pictures, options)
    with Interruption(session.out) as interruption, listening(session.out, interruption) as listen:
        found = check_set(
            request, chosen, lambda: workspace.library, workspace.models, listen, interruption.should_stop
        )
    if report is not None:
        needs = any(source.asset is not None for source in found.gathered.sources.values())
        page = set_page(found, PictureReader(workspace.library if needs else None))
        write_result(report.expanduser(), page.encode(), overwrite)
    data = {**check_data(found), "report": None if report is None else str(report)}
    error = gate_error(found.findings, strict) if gate or strict else None
    session.finish(data, lambda: show_check(session, found), error)


def check_data(found: "CheckedSet") -> dict[str, Any]:
    """A checked set, JSON-ready."""
    held = found.gathered.training_set
    aside = set(held.held_out)
    return {
        "model": found.model.name,
        "trigger": held.trigger,
        "digest": held.digest,
        "verdict": found.verdict.value,
        "findings": [one.to_dict() for one in found.findings],
        "pictures": [
            {**one.facts(), "asset": one.asset, "held_out": place in aside}
            for place, one in enumerate(held.pictures)
        ],
        "passed_over": [
            {"name": one.name, "why": one.why, "damaged": one.damaged} for one in found.gathered.passed_over
        ],
    }


def show_check(session: Session, found: "CheckedSet") -> None:
    """A checked set for people."""
    held = found.gathered.training_set
    session.out.line(
        f"{plural(len(held.pictures), 'picture')} for {found.model.name}, {len(held.held_out)} of them set aside to "
        f"measure with. Such as: {held.pictures[0].caption!r}."
    )
    if found.findings:
        rows = [(one.severity.value, f"{one.message} Next: {one.hint}.") for one in found.findings]
        session.out.table(COLUMNS, rows, COLOURS)
    else:
        session.out.line("Nothing stands against learning from them.")
