"""The ``.tpsheet`` of TexturePacker's Unity importer: lines of ``name;x;y;width;height; ...``, y counted from below.

It does not say what was trimmed: frames are cut as they are stored.
"""

import re
from urllib.parse import unquote

from audobon_cli.sprites.sheets.readers.frames import DataPage, Stated, bounded, number

_HEAD = re.compile(r"^:(?:format|texture|size)=", re.MULTILINE)


def fits(text: str) -> bool:
    """Whether ``text`` is such a file."""
    return _HEAD.search(text) is not None


def read(text: str) -> list[DataPage]:
    """The one page. Raises ValueError."""
    lines = [line for line in map(str.strip, text.splitlines()) if line and not line.startswith("#")]
    head = dict(line[1:].partition("=")[::2] for line in lines if line.startswith(":"))
    wide_page, _, high_page = head.get("size", "").partition("x")
    size = (int(number(wide_page)), int(number(high_page)))
    frames = []
    for line in lines:
        if not line.startswith(":"):
            name, *places = line.split(";", 5)[:5]
            x, y, wide, high = map(number, places)
            frames.append(Stated(unquote(name), x, size[1] - y - high, wide, high))
    return [DataPage(head.get("texture", ""), size, bounded(frames))]
