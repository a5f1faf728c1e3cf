"""``audobon vram gpus``."""

import sys
from dataclasses import asdict
from typing import Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.screen.columns import Column, Kind
from audobon_cli.cli.session import Session
from audobon_cli.domain.units import plural

COLUMNS = (
    Column("card"),
    Column("kind"),
    Column("memory", Kind.BYTES),
    Column("source", drop=1, unlike=True),
)
FEW = 12
"""Cards shown at a terminal unasked: the table begins with the newest for desktops."""


@command("gpus", examples=["audobon vram gpus", "audobon vram gpus 3060 laptop", "audobon vram gpus --all"])
def gpus(
    session: Session,
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[WORD...]", help="Only cards with all these words: 3060, laptop, 12GB …"),
    ] = None,
    show_all: Annotated[bool, typer.Option("--all", help="List every card on a terminal, too.")] = False,
) -> None:
    """List the graphics cards here, and those --gpu knows.

    This machine's come first. Without words a terminal gets the newest few; pipes and JSON get every card.
    """
    from audobon_cli.hardware.gpu import describe_gpu
    from audobon_cli.hardware.probe import graphics_cards
    from audobon_cli.presets.catalog import shipped_presets
    from audobon_cli.vram.plan import list_cards

    wanted = [word.casefold() for word in words or ()]
    cards = [
        card
        for card in list_cards(shipped_presets())
        if all(word in f"{card.full_name} {card.kind}".casefold() for word in wanted)
    ]
    data = [
        {
            "name": card.full_name,
            "kind": card.kind,
            "memory_bytes": card.memory_bytes,
            "from_memory": card.from_memory,
        }
        for card in cards
    ]
    cells = [
        (
            card.full_name,
            card.kind,
            card.memory_bytes,
            "from memory" if card.from_memory else "published list",
        )
        for card in cards
    ]
    present = graphics_cards()

    def view() -> None:
        for gpu in present:
            session.out.note(f"here: {describe_gpu(gpu)}")
        is_short = not wanted and not show_all and sys.stdout.isatty()
        session.out.table(COLUMNS, cells[:FEW] if is_short else cells)
        if is_short and len(cells) > FEW:
            more = plural(len(cells) - FEW, "more card")
            session.out.note(f"{more}: audobon vram gpus --all, or with words: audobon vram gpus 3060")
        if not cells:
            session.out.note("No card has these words. All of them: audobon vram gpus --all")

    session.out.listing({"gpus": data, "present": [asdict(gpu) for gpu in present]}, view)
