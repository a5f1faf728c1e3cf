"""What every reader does, and what they share: JSON that may be anything, seeds, bounds."""

from collections.abc import Mapping
from typing import Any, Protocol

from audobon_cli.domain.foreign.documents import MOST_NUMBER as MAX_SEED
from audobon_cli.domain.foreign.documents import parse_json
from audobon_cli.media.types import Foreign

Texts = Mapping[str, str]
"""The texts of a picture by keyword (see media.image.texts)."""

PARAMETERS = "parameters"
"""The keyword of what several programs write: A1111's text, or JSON; Exif's UserComment stands under it, too."""


class ForeignReader(Protocol):
    """Reads what one program writes.

    ``texts`` may be anything: ValueError, TypeError, KeyError, AttributeError, IndexError and RecursionError, which
    nonsense causes, may be raised, and mean the same as None.
    """

    def __call__(self, texts: Texts) -> Foreign | None:
        """What the program wrote; None where it wrote nothing."""
        ...


def json_object(text: str | None) -> dict[str, Any] | None:
    """``text`` as a JSON object; None if it is none."""
    text = (text or "").strip().rstrip("\0")  # Tensor.Art ends its texts as C does
    if not text.startswith("{"):
        return None
    try:
        data = parse_json(text, lenient=True)
    except ValueError:
        return None
    return data if isinstance(data, dict) else None


def seed_of(value: Any) -> int | None:
    """A seed as it can be kept: a whole number below 2^64; None for what is none.

    Numbers, their digits as a text, and whole floating-point numbers: programs write all of them.
    """
    if isinstance(value, str):
        value = value.strip()
        value = int(value) if value.isdecimal() and len(value) <= len(str(MAX_SEED)) else None
    if isinstance(value, float):
        value = int(value) if value.is_integer() else None
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 <= value <= MAX_SEED else None


def text_of(value: Any) -> str:
    """``value`` if it is a text, the texts of a list line by line, else ""."""
    if isinstance(value, list):
        return "\n".join(one for one in value if isinstance(one, str))
    return value if isinstance(value, str) else ""


def details_of(source: str, negative: Any, data: Mapping[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    """Foreign.details: of ``data`` the plain values under ``keys``, the program, and the negative prompt."""
    kept = {
        key: data[key]
        for key in keys
        if isinstance(data.get(key), str | int | float) and not isinstance(data[key], bool)
    }
    return {**kept, "source": source, "negative": text_of(negative).strip()}
