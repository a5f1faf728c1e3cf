"""Records of assets that somebody else wrote: each field is what the library can keep, or ValueError."""

from typing import Any

from audobon_cli.domain.errors import LibraryCorrupt
from audobon_cli.domain.foreign.documents import parse_json_object, shortened, whole_number
from audobon_cli.domain.ids import ASSET_ID_ALPHABET, ASSET_ID_LENGTH, AssetId
from audobon_cli.history.model.records import Record
from audobon_cli.history.store.asset_records import CONTENT_COLUMNS, record_asset

MAX_RATING = 5
LAST_MICROSECOND = 253_402_300_799_999_999
"""The end of the year 9999."""

_TEXTS = ("name", "kind", "blob", "category", "note")
_CONTENT_TEXTS = ("mode", "prompt", "model", "quality", "style", "recipe", "format", "derivation", "media")
_CONTENT_NUMBERS = ("size_bytes", "width", "height", "frames", "created", "seed")
_NEEDED = ("size_bytes", "width", "height", "created", "format", "frames")
"""What every asset has. Fields with an empty value of their own may be missing."""


def asset_id(text: str) -> AssetId:
    """``text`` as an asset's id. Raises ValueError."""
    if len(text) != ASSET_ID_LENGTH or set(text) - set(ASSET_ID_ALPHABET):
        raise ValueError(f"{shortened(text)} is no id of an asset")
    return AssetId(text)


def imported_record(asset: AssetId, content: bytes) -> Record:
    """The record in ``content``. Raises ValueError.

    Fields that are not known here stay: a newer version may have written them.
    """
    record = parse_json_object(content)
    for name in _TEXTS:
        if name in record:
            _text(record, name)
    if "kind" not in record or len(_text(record, "blob")) != 64:
        raise ValueError("it names no kind or no picture")
    if record.get("rating") is not None:
        whole_number(record["rating"], most=MAX_RATING)
    if not isinstance(record.get("metadata", {}), dict):
        raise ValueError("metadata is no object")
    _check_sets(record)
    _check_content(record.get("content"))
    try:
        record_asset(asset, record)
    except (LibraryCorrupt, KeyError, AttributeError) as error:
        raise ValueError(str(error)) from error
    return record


def _check_sets(record: dict[str, Any]) -> None:
    for tag in _list(record, "tags"):
        if not isinstance(tag, str):
            raise ValueError(f"the tag {shortened(tag)} is no text")
    for relation in _list(record, "relations"):
        if (
            not isinstance(relation, list)
            or len(relation) != 2
            or not all(isinstance(one, str) for one in relation)
        ):
            raise ValueError(f"the relation {shortened(relation)} is no pair of a kind and an id")
        asset_id(relation[1])


def _check_content(content: object) -> None:
    if not isinstance(content, dict):
        raise ValueError("content is no object")
    missing = [name for name in _NEEDED if name not in content]
    if missing:
        raise ValueError(f"content has no {missing[0]}")
    foreign = sorted(set(content) - set(CONTENT_COLUMNS))
    if foreign:
        raise ValueError(f"content has {shortened(foreign[0])}, which is not known")
    for name in _CONTENT_TEXTS:
        if content.get(name) is not None:
            _text(content, name)
    for name in _CONTENT_NUMBERS:
        if content.get(name) is not None:
            whole_number(content[name], most=LAST_MICROSECOND if name == "created" else 2**63 - 1)
    duration = content.get("duration_seconds", 0.0)
    if type(duration) not in (int, float) or not 0 <= duration < 2**63:
        raise ValueError("duration_seconds is no time")


def _text(data: dict[str, Any], name: str) -> str:
    value = data.get(name)
    if not isinstance(value, str) or "\0" in value:
        raise ValueError(f"{name} is {shortened(value)} and no text")
    value.encode()  # UnicodeEncodeError, which is a ValueError, for half of a surrogate pair
    return value


def _list(record: dict[str, Any], name: str) -> list[Any]:
    value = record.get(name, [])
    if not isinstance(value, list):
        raise ValueError(f"{name} is no list")
    return value
