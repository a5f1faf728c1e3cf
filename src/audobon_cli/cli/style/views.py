"""What the style commands share: their arguments, and cards as people and scripts see them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from audobon_cli.cli.derivations.views import result_data
from audobon_cli.cli.screen.columns import Both, Column, Kind
from audobon_cli.cli.session import Session
from audobon_cli.domain.media import pixels_of
from audobon_cli.domain.units import plural

if TYPE_CHECKING:
    from audobon_cli.derivations.run import OperationResult
    from audobon_cli.sprites.style_cards import FoundCard, LibraryOpener, StyleReport
    from audobon_cli.styles.card import StyleCard

Pictures = Annotated[
    list[str],
    typer.Argument(
        metavar="SET...", help="Assets (ids, names, queries such as tag:hero), or picture files and folders."
    ),
]
Report = Annotated[Path | None, typer.Option("--report", metavar="FILE", help="Write an HTML page, too.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Overwrite existing files.")]

MEASURE_COLUMNS = (
    Column("group"),
    Column("measure", Kind.NAME),
    Column("value", Kind.NAME),
    Column("spread", Kind.NUMBER),
)
CHECK_COLUMNS = (
    Column("name", Kind.NAME),
    Column("distance", Kind.NUMBER),
    Column("verdict"),
    Column("why", Kind.PROSE),
    Column("id"),
)
CHECK_ORDER = ("id", "name", "distance", "verdict", "why")
"""The order in which people get them."""
MOST_REASONS = 3


def library_of(session: Session) -> "LibraryOpener":
    """What opens the library, for what may do without: files need none."""
    return lambda: session.workspace.library


def card_lines(card: "StyleCard") -> list[str]:
    """A card in a few lines."""
    from audobon_cli.styles.measures import MEASURES

    def said(name: str) -> str:
        return MEASURES[name].said(card.value(name))

    line = f"outline {said('outline')}" if card.value("outline_share") > 0.25 else "no outline"
    grid = f"pixels of {said('grid')}" if card.value("grid") > 1.5 else "no pixel grid"
    return [
        f"{plural(card.pictures, 'picture')}, {said('side')}: {line}, {grid}, {said('colours')} colours.",
        f"Half of them are within {card.usual:.2f}, nine of ten within {card.far:.2f}; the limit is {card.limit:g}.",
    ]


def card_data(found: "FoundCard") -> dict[str, Any]:
    """A card, JSON-ready; palettes as #rrggbb and OKLab."""
    card = found.card
    return {
        "name": found.name,
        "asset": found.source.asset.id if found.source and found.source.asset else None,
        "pictures": card.pictures,
        "usual": card.usual,
        "far": card.far,
        "limit": card.limit,
        "measures": [
            {"measure": name, "group": group, "value": value, "deviation": deviation}
            for group, name, value, deviation in _rows(card)
        ],
        "palette": [
            {"colour": colour, "oklab": list(one.lab), "share": one.share}
            for colour, one in zip(palette_colours(card), card.palette, strict=True)
        ],
        "embedding": {
            "network": card.network,
            "mean": list(card.drawing),
            "deviation": list(card.drawing_spread),
        },
    }


def show_card(session: Session, found: "FoundCard") -> None:
    """A card for people: its palette, then every measure."""
    from audobon_cli.styles.measures import MEASURES

    card = found.card
    session.out.lines(card_lines(card))
    _show_palette(session, card)
    rows = [
        (group, MEASURES[name].title, MEASURES[name].said(card.value(name)), f"{deviation:.3f}")
        for group, name, _, deviation in _rows(card)
    ]
    session.out.table(MEASURE_COLUMNS, rows)


def check_data(report: "StyleReport") -> dict[str, Any]:
    """A check, JSON-ready."""
    against = report.against
    return {
        "against": {
            "name": against.name,
            "asset": against.source.asset.id if against.source and against.source.asset else None,
            "pictures": against.card.pictures,
        },
        "limit": report.limit,
        "pictures": [
            {
                "name": one.source.name,
                "source": one.source.label,
                "distance": round(one.distance.total, 4),
                "outlier": one.outlier,
                "frame": one.frame,
                "groups": {name: round(value, 4) for name, value in one.distance.groups.items()},
                "differences": [
                    {
                        "measure": each.measure,
                        "value": each.value,
                        "usual": round(each.usual, 5),
                        "deviations": round(each.deviations, 3),
                    }
                    for each in one.distance.differences
                ],
                "why": list(one.why),
            }
            for one in report.pictures
        ],
        "passed": not report.outliers,
    }


def show_check(session: Session, report: "StyleReport") -> None:
    """A check for people, the furthest first."""
    from audobon_cli.library.select import short_ids

    ids = [one.source.asset.id for one in report.pictures if one.source.asset]
    short = short_ids(session.workspace.library, ids) if ids else {}
    rows = [
        (
            one.source.name,
            f"{one.distance.total:.2f}",
            "outlier" if one.outlier else "ok",
            "; ".join(one.why[:MOST_REASONS]),
            Both(short[one.source.asset.id], one.source.asset.id) if one.source.asset else "",
        )
        for one in report.pictures
    ]
    session.out.table(CHECK_COLUMNS, rows, {"outlier": "red", "ok": "green"}, order=CHECK_ORDER)


def transferred_data(made: "OperationResult") -> dict[str, Any]:
    """A picture that was brought to a style, JSON-ready."""
    picture = pixels_of(made.media)
    return {**result_data(made), "width": picture.width, "height": picture.height}


def result_sides(made: "OperationResult") -> str:
    """Its sides."""
    picture = pixels_of(made.media)
    return f"{picture.width}x{picture.height}"


def palette_colours(card: "StyleCard") -> list[str]:
    """The card's colours as #rrggbb, the commonest first."""
    from audobon_cli.media.image.oklab import from_oklab
    from audobon_cli.styles.distance import palette_of

    return ["#" + bytes(row).hex() for row in from_oklab(palette_of(card)).tolist()]


def _rows(card: "StyleCard") -> list[tuple[str, str, float, float]]:
    from audobon_cli.styles.measures import MEASURES

    return [
        (MEASURES[name].group, name, round(card.value(name), 5), spread.deviation)
        for name, spread in card.spreads.items()
    ]


def _show_palette(session: Session, card: "StyleCard") -> None:
    import sys

    colours = palette_colours(card)
    if not sys.stdout.isatty():
        session.out.line("\t".join(("palette", *colours)))
        return
    from rich.text import Text

    session.out.show(Text.assemble(*((" " * 3, f"on {colour}") for colour in colours)))
