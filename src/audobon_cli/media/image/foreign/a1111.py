"""AUTOMATIC1111's infotext (modules/infotext_utils.py of its web UI), which Forge, Civitai and many others write, too:
the prompt, ``Negative prompt: ...``, one line of ``Key: value`` pairs, and what extensions put behind it."""

import json
import re
from collections.abc import Sequence
from typing import Any

from audobon_cli.domain.foreign.documents import parse_json
from audobon_cli.media.image.foreign.reader import PARAMETERS, Texts, seed_of
from audobon_cli.media.types import Foreign

NEGATIVE = "Negative prompt:"
MAX_PAIRS = 200
"""More than any program writes: a line of more is read no further."""
OTHER_KEYWORDS = ("UserComment", "comment", "Comment", "ImageDescription", "Description")
"""Where other programs put such a text; without a line of settings it is any comment."""

_KEY = re.compile(r"\s*([^:,\"\n]{1,60}):\s*")
_STRING = re.compile(r'"(?:\\.|[^\\"])*"(?=\s*(?:,|$))')
_STEPS = re.compile(r"\s*Steps:\s*\d")
_BEHIND = re.compile(r"([A-Za-z][\w .\-]{0,40}):\s*(.*)")
_SETTINGS = frozenset(
    {"Steps", "Sampler", "CFG scale", "Seed", "Size", "Model", "Model hash", "Schedule type"}
)
_LINES = re.compile(r"\r\n|\n|\r")


def read_a1111(texts: Texts) -> Foreign | None:
    """See ForeignReader. Under ``parameters`` a text without settings is all prompt."""
    text = texts.get(PARAMETERS, "").strip()
    if text and not _is_json(text):
        return _read(text)
    found = (texts[keyword] for keyword in OTHER_KEYWORDS if keyword in texts)
    return next((_read(one) for one in found if _settings_at(_LINES.split(one)) is not None), None)


def _read(text: str) -> Foreign:
    lines = _LINES.split(text)
    place = _settings_at(lines)
    pairs = {} if place is None else read_pairs(lines[place])
    behind = {} if place is None else _read_behind(lines[place + 1 :])
    prompt, negative = _parted(lines[:place])
    negative = negative or behind.pop("Negative prompt", "")
    details: dict[str, Any] = {"source": "a1111", "negative": negative, **behind, **pairs}
    model = pairs.get("Model") or _civitai_model(pairs.get("Civitai resources", ""))
    return Foreign(prompt, model, seed_of(pairs.get("Seed")), details=details)


def _settings_at(lines: Sequence[str]) -> int | None:
    """Which of ``lines`` has the settings: the last that begins with the steps, else a last line of such pairs."""
    for place in range(len(lines) - 1, -1, -1):
        if _STEPS.match(lines[place]):
            return place
    last = next((place for place in range(len(lines) - 1, -1, -1) if lines[place].strip()), None)
    if last is None:
        return None
    known = _SETTINGS & read_pairs(lines[last]).keys()
    # Some write the settings in an order of their own; three are what that web UI asks of such a line, too.
    return last if "Steps" in known or len(known) >= 3 else None


def _parted(lines: Sequence[str]) -> tuple[str, str]:
    """Prompt and negative prompt: the latter begins a line, or (with some programs) follows on the prompt's."""
    for place, line in enumerate(lines):
        if line.strip().startswith(NEGATIVE):
            rest = [line.strip()[len(NEGATIVE) :], *lines[place + 1 :]]
            return "\n".join(lines[:place]).strip(), "\n".join(rest).strip()
    prompt, _, negative = "\n".join(lines).partition(NEGATIVE)
    return prompt.strip(), negative.strip()


def read_pairs(line: str) -> dict[str, str]:
    """The ``Key: value`` pairs of ``line``. A value is quoted as a JSON string, is JSON, or ends at a comma; of a
    key that comes twice the first value holds, for extensions write behind the program itself."""
    pairs: dict[str, str] = {}
    place = 0
    for _ in range(MAX_PAIRS):
        key = _KEY.match(line, place)
        if key is None:
            comma = line.find(",", place)
            place = len(line) if comma < 0 else comma + 1
            continue
        value, place = _value(line, key.end())
        pairs.setdefault(key[1].strip(), value)
    return pairs


def _value(line: str, start: int) -> tuple[str, int]:
    """The value that begins at ``start``, and where the next pair begins."""
    quoted = _STRING.match(line, start)
    if quoted is not None:
        try:
            return str(parse_json(quoted[0])), _next(line, quoted.end())
        except ValueError:
            return quoted[0], _next(line, quoted.end())
    if line[start : start + 1] in ("{", "["):
        try:
            _, end = json.JSONDecoder().raw_decode(line, start)
            return line[start:end], _next(line, end)
        except (ValueError, RecursionError):
            pass
    comma = line.find(",", start)
    end = len(line) if comma < 0 else comma
    return line[start:end].strip(), end + 1


def _next(line: str, end: int) -> int:
    comma = line.find(",", end)
    return len(line) if comma < 0 else comma + 1


def _read_behind(lines: Sequence[str]) -> dict[str, str]:
    """What stands behind the settings: a key and its text, which may have further lines."""
    found: dict[str, str] = {}
    key = ""
    for line in lines:
        named = _BEHIND.match(line)
        if named is not None and len(found) < MAX_PAIRS:
            key = named[1].strip()
            found[key] = named[2]
        elif key:
            found[key] += "\n" + line
    return {name: text.strip() for name, text in found.items()}


def _civitai_model(resources: str) -> str:
    """The checkpoint among the ``Civitai resources`` that its generator lists in place of a model."""
    try:
        listed = parse_json(resources, lenient=True)
    except ValueError:
        return ""
    named = (one for one in listed if isinstance(one, dict) and one.get("type") == "checkpoint")
    return next((str(one["modelName"]) for one in named if one.get("modelName")), "")


def _is_json(text: str) -> bool:
    if text[:1] not in ("{", "["):
        return False
    try:
        json.loads(text)
    except ValueError:
        return False
    except RecursionError:
        return True
    return True
