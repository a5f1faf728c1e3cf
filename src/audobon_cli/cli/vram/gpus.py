"""``audobon vram gpus``."""

from dataclasses import asdict

from audobon_cli.cli.options import command
from audobon_cli.cli.screen.columns import Column, Kind
from audobon_cli.cli.session import Session

COLUMNS = (
    Column("card"),
    Column("kind"),
    Column("memory", Kind.BYTES),
    Column("source", drop=1, unlike=True),
)


@command("gpus", examples=["audobon vram gpus"])
def gpus(session: Session) -> None:
    """List the graphics cards here, and those --gpu knows."""
    from audobon_cli.hardware.gpu import describe_gpu
    from audobon_cli.hardware.probe import graphics_cards
    from audobon_cli.presets.catalog import shipped_presets
    from audobon_cli.vram.plan import list_cards

    cards = list_cards(shipped_presets())
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
        session.out.table(COLUMNS, cells)

    session.out.listing({"gpus": data, "present": [asdict(gpu) for gpu in present]}, view)
