"""``audobon sprite check``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audobon_cli.cli.derivations.options import DryRun, Overwrite
from audobon_cli.cli.derivations.views import operation_context
from audobon_cli.cli.options import command
from audobon_cli.cli.screen.columns import Column, Kind
from audobon_cli.cli.session import Session
from audobon_cli.cli.sprite.options import Inputs, SpriteOutput
from audobon_cli.domain.errors import InvalidInput

if TYPE_CHECKING:
    from audobon_cli.sprites.check import CheckReport

COLUMNS = (
    Column("name", Kind.NAME),
    Column("gate"),
    Column("value", Kind.NUMBER),
    Column("limit", Kind.NUMBER),
    Column("verdict"),
)


@command(
    "check",
    examples=[
        "audobon sprite check hero --report check.html",
        "audobon sprite check walk_00 walk_01 walk_02 --fail",
    ],
)
def check(
    session: Session,
    inputs: Inputs,
    sequence: Annotated[
        bool, typer.Option("--sequence", help="Treat the inputs as frames of one animation, in this order.")
    ] = False,
    gate: Annotated[bool, typer.Option("--fail", help="Exit status 3 if a limit does not hold.")] = False,
    limits: Annotated[
        list[str] | None,
        typer.Option("--threshold", metavar="GATE=NUMBER", help="Set another limit for a gate; repeatable."),
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", metavar="FILE", help="Write an HTML report with the pictures.")
    ] = None,
    overwrite: Overwrite = False,
    dry_run: DryRun = False,
) -> None:
    """Measure pictures against the project's contract.

    Assets keep the numbers. --fail ends with status 3 if a limit does not hold.
    """
    from audobon_cli.derivations.run import write_result
    from audobon_cli.sprites.check import check as check_pictures
    from audobon_cli.sprites.check import record, rules_of
    from audobon_cli.sprites.pictures import PictureReader
    from audobon_cli.sprites.report import report_page

    rules = rules_of(session.workspace.contract, lambda: session.workspace.library, _limits(limits or []))
    # A place that nothing is written to: files are checked where they are.
    with operation_context(session, inputs, SpriteOutput(out="./")) as (context, sources):
        found = check_pictures(sources, rules, context.library, context.listen, sequence)
        if context.library is not None and not dry_run and not context.library.read_only:
            record(context.library, found)
        if report is not None and not dry_run:
            page = report_page(found, PictureReader(context.library))
            write_result(report.expanduser(), page.encode(), overwrite)
    data = {**found.to_dict(), "report": None if report is None else str(report)}
    error = found.error() if gate else None
    session.finish(data, lambda: _view(session, found), error)
    if found.passed:
        session.out.note("Every limit holds.")


def _limits(texts: list[str]) -> dict[str, float]:
    limits = {}
    for text in texts:
        name, _, value = text.partition("=")
        try:
            limits[name] = float(value)
        except ValueError as error:
            raise InvalidInput(f"{text!r} is no limit.", hint="write --threshold halo_white=0.05") from error
    return limits


def _view(session: Session, found: "CheckReport") -> None:
    rows = []
    named = [(p.source.name, p.gates) for p in found.pictures] + [(s.name, s.gates) for s in found.sequences]
    for name, gates in named:
        for gate in gates:
            limit = "" if gate.limit is None else f"{gate.limit:g}"
            verdict = "" if gate.limit is None else "ok" if gate.passed else "failed"
            rows.append((name, gate.gate, f"{gate.value:g}", limit, verdict))
    session.out.table(COLUMNS, rows, {"failed": "red", "ok": "green"})
