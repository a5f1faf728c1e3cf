"""``audobon quality score``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.screen.columns import Column, Kind
from audobon_cli.cli.session import Session

if TYPE_CHECKING:
    from audobon_cli.domain.events import Listener
    from audobon_cli.sprites.quality.measures import AllowedColours
    from audobon_cli.sprites.quality.score import QualityReport

COLUMNS = (
    Column("name", Kind.NAME),
    Column("score", Kind.NUMBER),
    Column("verdict"),
    Column("why", Kind.PROSE),
)
MOST_REASONS = 3


@command(
    "score",
    examples=[
        "audobon quality score tag:hero",
        "audobon quality score tag:new --against mine --fail",
        "audobon quality score art/ --threshold 0.7 --report quality.html",
    ],
)
def score(
    session: Session,
    pictures: Annotated[
        list[str],
        typer.Argument(
            metavar="SET...",
            help="Assets (ids, names, queries such as tag:hero), or picture files and folders.",
        ),
    ],
    against: Annotated[
        str | None,
        typer.Option(
            "--against",
            metavar="CARD",
            help="Whose colours to keep to. Default: the contract's palette or card.",
        ),
    ] = None,
    threshold: Annotated[
        float, typer.Option("--threshold", min=0, max=1, metavar="NUMBER", help="The score that passes.")
    ] = 0.5,
    gate: Annotated[bool, typer.Option("--fail", help="Exit status 3 if a picture does not pass.")] = False,
    report: Annotated[
        Path | None, typer.Option("--report", metavar="FILE", help="Write an HTML page, too.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Overwrite existing files.")] = False,
) -> None:
    """Score pictures by their technical faults.

    The worst come first, with the reasons.
    """
    from audobon_cli.cli.listening import listening
    from audobon_cli.derivations.run import write_result
    from audobon_cli.sprites.pictures import PictureReader
    from audobon_cli.sprites.quality.page import quality_page
    from audobon_cli.sprites.quality.score import score_set
    from audobon_cli.sprites.style_cards import style_sources

    def library() -> Any:
        return session.workspace.library

    with listening(session.out) as listen:
        sources = style_sources(pictures, library)
        found = score_set(sources, _allowed(session, against, listen), library, listen, threshold)
    if report is not None:
        reader = PictureReader(library() if sources[0].asset is not None else None)
        write_result(report.expanduser(), quality_page(found, reader).encode(), overwrite)
    data = {**_data(found), "report": None if report is None else str(report)}
    session.finish(data, lambda: _view(session, found), found.error() if gate else None)
    if not found.failed:
        session.out.note(f"All score {found.threshold:g} or more.")


def _allowed(
    session: Session, against: str | None, listen: "Listener"
) -> "tuple[str, AllowedColours] | None":
    """The colours to keep to: those of ``against``, else of the contract, and what to call them."""
    from audobon_cli.sprites.check import rules_of
    from audobon_cli.sprites.quality.score import colours_of_card, colours_of_palette
    from audobon_cli.sprites.style_cards import style_of

    if against is not None:
        card = style_of(against, lambda: session.workspace.library, listen)
        return card.name, colours_of_card(card.card)
    rules = rules_of(session.workspace.contract, lambda: session.workspace.library)
    if rules.palette:
        return "the contract's palette", colours_of_palette(rules.palette)
    return ("the contract's style card", colours_of_card(rules.card)) if rules.card else None


def _data(found: "QualityReport") -> dict[str, Any]:
    return {
        "palette": found.palette or None,
        "threshold": found.threshold,
        "pictures": [
            {
                "name": one.source.name,
                "source": one.source.label,
                "score": one.score,
                "passed": one.passed,
                "frame": one.frame,
                "faults": [
                    {"fault": each.fault, "value": each.value, "score": each.score} for each in one.faults
                ],
                "why": list(one.why),
            }
            for one in found.pictures
        ],
        "passed": not found.failed,
    }


def _view(session: Session, found: "QualityReport") -> None:
    rows = [
        (
            one.source.name,
            f"{one.score:.2f}",
            "ok" if one.passed else "failed",
            "; ".join(one.why[:MOST_REASONS]),
        )
        for one in found.pictures
    ]
    session.out.table(COLUMNS, rows, {"failed": "red", "ok": "green"})
