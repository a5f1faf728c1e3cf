"""Where a sheet's frames lie, read from the data of others and from what our own PNG carry.

Everything is bounded before it costs memory or time: types, sizes, and what all frames take together.
"""

import json
import math
from collections.abc import Mapping
from typing import Any

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.media.image.pixels import MAX_PIXELS
from audobon_cli.sprites.sheets.record import SHEET_KEYWORD, SHEET_SCHEMA, FrameRecord
from audobon_cli.sprites.sheets.timing import MAX_DURATION_MS

MAX_DATA_BYTES = 16 * 1024 * 1024
"""Of a sheet's JSON: MAX_FRAMES with 1,600 bytes each."""

MAX_FRAMES = 10_000
MAX_SIDE = 65_535
MAX_NAME = 300
"""Characters of a frame's name: as long as the library takes them."""


MAX_PARTS = {"{": 10 * MAX_FRAMES, "[": 10 * MAX_FRAMES, ",": 100 * MAX_FRAMES}
"""How often marks occur in the data of so many frames, at most: TexturePacker's have eight objects each."""


class _Repeating(dict[str, Any]):
    """A JSON object with a key that occurs twice: Aseprite writes such, when frames are named alike."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.pairs = pairs


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    plain = dict(pairs)
    return plain if len(plain) == len(pairs) else _Repeating(pairs)


def frames_in_json(text: str) -> tuple[FrameRecord, ...]:
    """The frames of a TexturePacker or Aseprite JSON, hash or array, in its order; the same name may occur twice.

    Raises InvalidInput for other JSON, for several pages, and for what is too much.
    """
    if len(text) > MAX_DATA_BYTES:
        raise InvalidInput(
            f"The sheet's data is longer than {MAX_DATA_BYTES} characters.",
            hint="give the .json of the sheet",
        )
    data = _loaded(text.removeprefix("\ufeff"))
    try:
        if not isinstance(data, dict):
            raise ValueError("it is no object")
        textures = data.get("textures", [])
        if isinstance(textures, list) and len(textures) > 1:
            raise InvalidInput("The data is of several pages.", hint="give the data of one page at a time")
        found = data["frames"] if "frames" in data else textures[0]["frames"]
        if isinstance(found, list):
            rows = [(row["filename"], row) for row in found]
        elif isinstance(found, dict):
            rows = found.pairs if isinstance(found, _Repeating) else list(found.items())
        else:
            raise ValueError("its frames are neither a list nor an object")
        if not rows:
            raise ValueError(_NO_FRAMES)
        return _bounded(rows)
    except (KeyError, TypeError, IndexError, AttributeError, ValueError) as error:
        why = str(error) if isinstance(error, ValueError) else _NO_FRAMES
        why = f"{error} is missing" if isinstance(error, KeyError) else why
        raise InvalidInput(
            f"The sheet's data is not TexturePacker's or Aseprite's JSON: {why}.",
            hint="export it as JSON hash or JSON array",
        ) from error


_NO_FRAMES = "it has no frames, each with a name and a frame of x, y, w and h"


def frames_in_texts(texts: Mapping[str, str], width: int, height: int) -> tuple[FrameRecord, ...]:
    """The frames that a sheet's PNG of this size says it holds; none for others, and for what makes no sense."""
    text = texts.get(SHEET_KEYWORD, "")
    if not text or len(text) > MAX_DATA_BYTES:
        return ()
    try:
        data = _loaded(text)
        if not isinstance(data, dict) or data.get("schema") != SHEET_SCHEMA:
            return ()
        records = _bounded([(row["name"], _own_row(row)) for row in data["frames"]])
    except (InvalidInput, ValueError, KeyError, TypeError, IndexError, AttributeError):
        return ()
    within = all(f.x + f.width <= width and f.y + f.height <= height for f in records)
    return records if within else ()


def _loaded(text: str) -> Any:
    if any(text.count(mark) > most for mark, most in MAX_PARTS.items()):
        raise InvalidInput(
            "The sheet's data has far too many parts.",
            hint=f"a sheet of at most {MAX_FRAMES} frames can be cut",
        )
    try:
        return json.loads(text, object_pairs_hook=_object)
    except RecursionError as error:
        raise InvalidInput(
            "The sheet's data is nested too deeply.", hint="give the .json of the sheet"
        ) from error
    except ValueError as error:
        raise InvalidInput(
            f"The sheet's data is not JSON: {error}.", hint="give the .json of the sheet"
        ) from error


def _own_row(row: Mapping[str, Any]) -> dict[str, Any]:
    (x, y, width, height), (left, top), (wide, high) = row["rect"], row["offset"], row["source"]
    return {
        "frame": {"x": x, "y": y, "w": width, "h": height},
        "spriteSourceSize": {"x": left, "y": top},
        "sourceSize": {"w": wide, "h": high},
        "duration": row["duration_ms"],
    }


def _bounded(rows: list[tuple[Any, Any]]) -> tuple[FrameRecord, ...]:
    if len(rows) > MAX_FRAMES:
        raise ValueError(f"it has {len(rows)} frames, more than {MAX_FRAMES}")
    records, pixels = [], 0
    for name, row in rows:
        record = _frame(name, row)
        pixels += record.source_width * record.source_height
        if pixels > MAX_PIXELS:
            raise ValueError(f"its frames have more than {MAX_PIXELS} pixels together")
        records.append(record)
    return tuple(records)


def _frame(name: Any, row: Mapping[str, Any]) -> FrameRecord:
    if not isinstance(name, str) or len(name) > MAX_NAME:
        raise ValueError(
            "a frame's name is no text" if not isinstance(name, str) else "a frame's name is too long"
        )
    rect = row["frame"]
    source = row.get("sourceSize", rect)
    part = row.get("spriteSourceSize", {"x": 0, "y": 0})
    numbers = (rect["x"], rect["y"], rect["w"], rect["h"], part["x"], part["y"], source["w"], source["h"])
    x, y, width, height, left, top, wide, high = (_whole(value, name) for value in numbers)
    if left + width > wide or top + height > high or width * height < 1:
        raise ValueError(f"{name!r} has impossible sizes")
    duration = row.get("duration", 100)
    if not _is_number(duration) or not 0 <= duration <= MAX_DURATION_MS:
        raise ValueError(f"the duration of {name!r} is {str(duration)[:40]}")
    turned = row.get("rotated")
    if turned not in (True, False, None):
        raise InvalidInput(
            f"{name!r} lies on the sheet turned by {str(turned)[:40]}.", hint="pack it without rotation"
        )
    whole = (left, top, wide, high)
    return FrameRecord(_printable(name), 0, x, y, width, height, *whole, int(duration), rotated=bool(turned))


def _whole(value: Any, name: str) -> int:
    if not _is_number(value) or not 0 <= value <= MAX_SIDE:
        raise ValueError(f"{name!r} has impossible sizes")
    return int(value)


def _is_number(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, int) and not isinstance(value, bool)


def _printable(name: str) -> str:
    return "".join(letter if letter.isprintable() else "_" for letter in name)
