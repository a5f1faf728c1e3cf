"""Pictures in the terminal."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Console

from audobon_cli.domain.foreign.text import visible

if TYPE_CHECKING:
    from rich_pixels import Pixels

MAX_COLUMNS = 64
GRID_COLUMNS = 24


def can_show(console: Console) -> bool:
    """Whether the terminal has colours to draw with."""
    return console.color_system is not None


def show_grid(console: Console, pictures: Sequence[tuple[str, bytes | None]]) -> None:
    """Draw pictures (the bytes of files; None for those without) side by side, each over its name."""
    from rich.columns import Columns
    from rich.console import Group
    from rich.text import Text

    width = min(GRID_COLUMNS, console.width)
    cells = []
    for name, data in pictures:
        label = Text(visible(name), overflow="ellipsis", no_wrap=True)
        label.truncate(width, overflow="ellipsis")
        cells.append(Group(_pixels(data, width), label, "") if data is not None else Group(label, ""))
    console.print(Columns(cells, width=width, padding=(0, min(2, console.width - width))))


def show_picture(console: Console, data: bytes) -> None:
    """Draw a picture (the bytes of a file; of a sound its waveform) with half blocks, two pixels to a character, at
    most 64 columns wide. Clear pixels stay the terminal's own colour. Terminals without colour get nothing."""
    from audobon_cli.media.registry import shown_as

    shown = None if console.color_system is None else shown_as(data)
    if shown is not None:
        console.print(_pixels(shown, min(MAX_COLUMNS, console.width)))


def _pixels(data: bytes, columns: int) -> "Pixels":
    from rich_pixels import Pixels

    from audobon_cli.media.image.pixels import first_frame

    image = first_frame(data).convert("RGBA")
    if image.width > columns:
        image = image.resize((columns, max(1, round(image.height * columns / image.width))))
    # rich-pixels draws partly clear pixels as solid ones: an edge looks better cut at half.
    alpha = image.getchannel("A").point(lambda value: 255 if value >= 128 else 0)
    image.putalpha(alpha)
    return Pixels.from_image(image)
