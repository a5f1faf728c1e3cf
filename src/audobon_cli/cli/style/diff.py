"""``audobon style diff``."""

from typing import TYPE_CHECKING, Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.screen.columns import Column, Kind
from audobon_cli.cli.session import Session
from audobon_cli.cli.style.views import library_of

if TYPE_CHECKING:
    from audobon_cli.styles.diff import StyleDiff

Style = Annotated[str, typer.Argument(help="A style card, or pictures: a query, a file or a folder.")]

COLUMNS = (
    Column("group"),
    Column("measure", Kind.NAME),
    Column("one", Kind.NAME),
    Column("other", Kind.NAME),
    Column("deviations", Kind.NUMBER),
)


@command("diff", examples=["audobon style diff mine theirs", "audobon style diff tag:hero tag:enemy"])
def diff(session: Session, one: Style, other: Style) -> None:
    """Tell what two styles differ in, the most first."""
    from audobon_cli.cli.listening import listening
    from audobon_cli.sprites.style_cards import style_of
    from audobon_cli.styles.diff import diff as compare

    with listening(session.out) as listen:
        cards = [style_of(text, library_of(session), listen) for text in (one, other)]
    found = compare(cards[0].card, cards[1].card)
    data = {
        "one": cards[0].name,
        "other": cards[1].name,
        "distance": round(found.total, 4),
        "palette": round(found.palette, 4),
        "groups": {name: round(value, 4) for name, value in found.groups.items()},
        "measures": [
            {
                "measure": each.measure,
                "one": round(each.one, 5),
                "other": round(each.other, 5),
                "deviations": round(each.deviations, 3),
            }
            for each in found.measures
        ],
    }
    session.out.result(data, lambda: _view(session, found))


def _view(session: Session, found: "StyleDiff") -> None:
    from audobon_cli.styles.measures import MEASURES

    rows = []
    for each in found.measures:
        measure = MEASURES[each.measure]
        rows.append(
            (
                measure.group,
                measure.title,
                measure.said(each.one),
                measure.said(each.other),
                f"{each.deviations:.2f}",
            )
        )
    session.out.table(COLUMNS, rows)
    session.out.line(f"Distance {found.total:.2f}; palettes {found.palette:.3f} apart in OKLab.")
