"""The frames that PNGs of our own sheets say they hold."""

from collections.abc import Mapping
from typing import Any

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.sprites.sheets.readers.frames import MAX_DATA_BYTES, Stated, bounded
from audobon_cli.sprites.sheets.readers.packed_json import loaded
from audobon_cli.sprites.sheets.record import SHEET_KEYWORD, SHEET_SCHEMA, FrameRecord


def frames_in_texts(texts: Mapping[str, str], width: int, height: int) -> tuple[FrameRecord, ...]:
    """The frames that a sheet's PNG of this size says it holds; none for others, and for what makes no sense."""
    text = texts.get(SHEET_KEYWORD, "")
    if not text or len(text) > MAX_DATA_BYTES:
        return ()
    try:
        data = loaded(text)
        if not isinstance(data, dict) or data.get("schema") != SHEET_SCHEMA:
            return ()
        records = bounded([_stated(row) for row in data["frames"]])
    except (InvalidInput, ValueError, KeyError, TypeError, IndexError, AttributeError):
        return ()
    within = all(f.x + f.width <= width and f.y + f.height <= height for f in records)
    return records if within else ()


def _stated(row: Mapping[str, Any]) -> Stated:
    (x, y, width, height), (left, top), whole = row["rect"], row["offset"], row["source"]
    wide, high = whole
    return Stated(row["name"], x, y, width, height, left, top, (wide, high), time=row["duration_ms"])
