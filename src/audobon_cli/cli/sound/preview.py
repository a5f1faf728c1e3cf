"""Sounds in the terminal: the waveform over the spectrum, from low to high."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

MAX_COLUMNS = 64
ROWS = 8
BLOCKS = " ▁▂▃▄▅▆▇█"
SHADES = " ░▒▓█"


def show_sound(console: "Console", data: bytes) -> None:
    """Draw a sound (the bytes of a file) with blocks: how loud it is, and which pitches are in it, high ones on top.

    Terminals without colour get nothing, as of pictures. Raises PictureUnreadable.
    """
    if console.color_system is None:
        return
    from rich.text import Text

    from audobon_cli.media.sound.spectrum import LOWEST, spectrum_picture

    columns = min(MAX_COLUMNS, console.width - 8)
    found = spectrum_picture(data, columns, ROWS)
    line = "".join(BLOCKS[min(8, round(level * 8))] for level in found.levels)
    console.print(Text(f"{'':8}{line}", style="cyan"))
    for row in reversed(range(ROWS)):
        label = f"{found.hertz[row]:6.0f}Hz" if row % 2 else " " * 8
        console.print(
            Text(label, style="dim")
            + Text("".join(SHADES[shade] for shade in found.shades[row]), style="magenta")
        )
    console.print(Text(f"{'':8}0 to {found.seconds:.2f} s, {LOWEST:.0f} Hz upwards", style="dim"))
