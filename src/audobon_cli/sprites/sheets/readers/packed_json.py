"""JSON of TexturePacker (hash, array, several pages), of Aseprite, and of Phaser's multi-atlases."""

import json
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.sprites.sheets.readers.frames import (
    MAX_FRAMES,
    NO_FRAMES,
    DataPage,
    Stated,
    bounded,
    is_number,
)
from audobon_cli.sprites.sheets.timing import MAX_FPS

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


def fits(text: str) -> bool:
    """Whether ``text`` may be JSON."""
    return text.lstrip()[:1] in ("{", "[")


def read(text: str) -> list[DataPage]:
    """The pages: one, or those of ``textures``; the same name may occur twice on one.

    Raises InvalidInput and what reading odd values raises: KeyError, TypeError, IndexError, AttributeError, ValueError.
    """
    data = loaded(text)
    if not isinstance(data, dict):
        raise ValueError("it is no object")
    times = _times(data)
    if "frames" in data:
        meta = data.get("meta")
        return [_page(data["frames"], meta if isinstance(meta, dict) else {}, times)]
    textures = data.get("textures")
    if not isinstance(textures, list) or not textures:
        raise ValueError(NO_FRAMES)
    if len(textures) > MAX_FRAMES:
        raise ValueError(f"it has {len(textures)} pages, more than {MAX_FRAMES}")
    return [_page(texture["frames"], texture, times) for texture in textures]


def loaded(text: str) -> Any:
    """The value of a JSON text, objects with a key that occurs twice as such. Raises InvalidInput."""
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


def _page(found: Any, about: Mapping[str, Any], times: Mapping[str, Any]) -> DataPage:
    """The frames ``found`` on the page that ``about`` describes."""
    if isinstance(found, list):
        rows = [(row["filename"], row) for row in found]
    elif isinstance(found, dict):
        rows = found.pairs if isinstance(found, _Repeating) else list(found.items())
    else:
        raise ValueError("its frames are neither a list nor an object")
    image, size = about.get("image"), about.get("size")
    sides = (size.get("w"), size.get("h")) if isinstance(size, dict) else (None, None)
    known = all(isinstance(side, int) for side in sides)
    return DataPage(
        image if isinstance(image, str) else "",
        sides if known else None,  # type: ignore[arg-type]
        bounded([_stated(name, row, times) for name, row in rows]),
    )


def _stated(name: Any, row: Mapping[str, Any], times: Mapping[str, Any]) -> Stated:
    rect = row["frame"]
    source = row.get("sourceSize", rect)
    part = row.get("spriteSourceSize", {"x": 0, "y": 0})
    turned = row.get("rotated")
    if turned not in (True, False, None):
        raise InvalidInput(
            f"{name!r} lies on the sheet turned by {str(turned)[:40]}.", hint="pack it without rotation"
        )
    whole = (source["w"], source["h"])
    # TexturePacker turns clockwise; width and height are those of the upright frame.
    time = row.get("duration", times.get(name) if isinstance(name, str) else None)
    return Stated(
        name, rect["x"], rect["y"], rect["w"], rect["h"], part["x"], part["y"], whole, int(bool(turned)), time
    )


def _times(data: Mapping[str, Any]) -> dict[str, Any]:
    """How long frames are shown, in milliseconds, as their animations say: the first in which each occurs.

    Our own files have ``durations`` beside ``animations``; Phaser's ``anims`` have the duration of a frame or, where
    that is none or 0, a frame rate. TexturePacker's own animations tell no times.
    """
    times: dict[str, Any] = {}
    animations, durations = data.get("animations"), data.get("durations")
    if isinstance(animations, dict) and isinstance(durations, dict):
        for called, names in animations.items():
            said = durations.get(called)
            if isinstance(names, list) and isinstance(said, list):
                _note(times, zip(names, said, strict=False))
    anims = data.get("anims")
    for animation in anims if isinstance(anims, list) else ():
        if not isinstance(animation, dict) or not isinstance(animation.get("frames"), list):
            continue
        rate: Any = animation.get("frameRate")
        usual = 1000 / Fraction(rate) if is_number(rate) and 0 < rate <= MAX_FPS else None
        rows = [row for row in animation["frames"] if isinstance(row, dict)]
        _note(times, ((row.get("frame"), row.get("duration") or usual) for row in rows))
    return times


def _note(times: dict[str, Any], said: Iterable[tuple[Any, Any]]) -> None:
    for name, time in said:
        if isinstance(name, str) and is_number(time):
            times.setdefault(name, time)
