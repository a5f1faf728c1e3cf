"""Pictures in the terminal."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Console

from audobon_cli.domain.foreign.text import visible

if TYPE_CHECKING:
    from rich.columns import Columns
    from rich_pixels import Pixels

MAX_COLUMNS = 64
GRID_COLUMNS = 24
SMALL_ROWS = 12


def can_show(console: Console) -> bool:
    """Whether the terminal has colours to draw with."""
    return console.color_system is not None


def grid(width: int, pictures: Sequence[tuple[str, bytes | None]], from_outside: bool = False) -> "Columns":
    """Pictures (the bytes of files; None for those without) side by side in ``width`` cells, each over its name.
    ``from_outside``: some may be a stranger's."""
    from rich.columns import Columns
    from rich.console import Group
    from rich.text import Text

    own = min(GRID_COLUMNS, width)
    cells = []
    for name, data in pictures:
        label = Text(visible(name), overflow="ellipsis", no_wrap=True)
        label.truncate(own, overflow="ellipsis")
        drawn = None if data is None else _pixels(data, own, from_outside=from_outside)
        cells.append(Group(label, "") if drawn is None else Group(drawn, label, ""))
    return Columns(cells, width=own, padding=(0, min(2, width - own)))


def show_picture(console: Console, data: bytes) -> None:
    """Draw a picture (the bytes of a file; of a sound its waveform) with half blocks, two pixels to a character, at
    most 64 columns wide. Clear pixels stay the terminal's own colour. Terminals without colour get nothing."""
    from audobon_cli.media.registry import shown_as

    shown = None if console.color_system is None else shown_as(data)
    if shown is not None:
        console.print(_pixels(shown, min(MAX_COLUMNS, console.width)))


def small_picture(data: bytes, from_outside: bool) -> "Pixels":
    """A picture of at most SMALL_ROWS lines, to stand beside words."""
    return _pixels(data, 2 * SMALL_ROWS, 2 * SMALL_ROWS, from_outside)


def _pixels(data: bytes, columns: int, most_pixels: int = 0, from_outside: bool = False) -> "Pixels":
    from rich_pixels import Pixels

    from audobon_cli.media.untrusted.decoding import first_frame

    image = first_frame(data, from_outside=from_outside).convert("RGBA")
    share = min(columns / image.width, (most_pixels or image.height) / image.height, 1)
    if share < 1:
        image = image.resize((max(1, round(image.width * share)), max(1, round(image.height * share))))
    # rich-pixels draws partly clear pixels as solid ones: an edge looks better cut at half.
    alpha = image.getchannel("A").point(lambda value: 255 if value >= 128 else 0)
    image.putalpha(alpha)
    return Pixels.from_image(image)
