"""``audobon sound describe``."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from audobon_cli.cli.heard import ListenerOptions, listened, show_heard
from audobon_cli.cli.options import command
from audobon_cli.cli.screen.columns import Both, Column, Kind
from audobon_cli.cli.session import Session

if TYPE_CHECKING:
    from audobon_cli.domain.asset import Asset
    from audobon_cli.media.sound.hearing.describe import SoundDescription

SHOWN_CLASSES = 5
COLUMNS = (
    Column("name", Kind.NAME),
    Column("tags", Kind.NAME),
    Column("seconds", Kind.NUMBER),
    Column("LUFS", Kind.NUMBER),
    Column("Hz", Kind.NUMBER),
    Column("bpm", Kind.NUMBER, drop=2),
    Column("onsets", Kind.NUMBER, drop=3),
    Column("bright", Kind.NUMBER, drop=1),
    Column("id"),
)
ORDER = ("id", "name", "tags", "seconds", "LUFS", "Hz", "bpm", "onsets", "bright")
"""The order in which people get them."""


@command(
    "describe",
    examples=[
        "audobon sound describe door",
        "audobon sound describe kind:sound --json",
        'audobon sound describe tag:take --model clap --labels "footsteps, rain, door"',
    ],
)
def describe(
    session: Session,
    assets: Annotated[list[str], typer.Argument(help="Ids, names, or searches of sounds.")],
    *,
    listener: ListenerOptions,
) -> None:
    """Say what sounds are, how high, loud, fast and bright.

    Offline, by features and a small classifier. Tags are the kinds of sound that it finds likely; Hz is the pitch, bpm
    the beats a minute, onsets how often something begins, bright the middle of the spectrum in Hz; 0 means none. With
    --model a pulled network listens to the first 30 seconds: its tags, the likeliest labels, words or a sentence.
    """
    from audobon_cli.library.describe_sounds import describe_sounds
    from audobon_cli.library.select import select_assets, short_ids

    library = session.workspace.library
    chosen = select_assets(library, assets)
    if listener.asked:
        show_heard(session, listener.model or "", listened(session, chosen, listener))
        return
    found = describe_sounds(library, chosen)
    short = short_ids(library, [asset.id for asset, _ in found])
    rows = [
        (
            asset.name,
            " ".join(said.tags) or Both("?", ""),
            round(said.seconds, 2),
            said.loudness,
            said.pitch,
            said.tempo,
            said.onsets,
            said.brightness,
            Both(short[asset.id], asset.id),
        )
        for asset, said in found
    ]
    session.out.result(
        {"sounds": [_data(asset, said) for asset, said in found]},
        view=lambda: session.out.table(COLUMNS, rows, order=ORDER),
    )


def _data(asset: "Asset", said: "SoundDescription") -> dict[str, Any]:
    likely = [{"class": name, "chance": chance} for name, chance in said.classes[:SHOWN_CLASSES]]
    return {"id": asset.id, "name": asset.name, **asdict(said), "tags": list(said.tags), "classes": likely}
