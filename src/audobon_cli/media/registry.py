"""The media by name. A further medium is a folder and a line here. Nothing of one is imported until it is asked for."""

import importlib
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from audobon_cli.domain.errors import PictureUnreadable
from audobon_cli.domain.media import IMAGE, SOUND, WEIGHTS, MediaInfo
from audobon_cli.domain.recipe import Recipe
from audobon_cli.domain.serialization import from_plain

if TYPE_CHECKING:
    from audobon_cli.media.types import InspectedFile, Medium

MEDIA = {
    IMAGE: "audobon_cli.media.image.medium:ImageMedium",
    SOUND: "audobon_cli.media.sound.medium:SoundMedium",
    WEIGHTS: "audobon_cli.media.weights.medium:WeightsMedium",
}
"""Each as ``"module:Class"``."""


def medium_named(name: str) -> "Medium":
    """The medium ``name``. Raises ValueError if there is none."""
    if name not in MEDIA:
        raise ValueError(f"the medium {name!r} is not known")
    return _made(MEDIA[name])


def medium_of(media: MediaInfo) -> "Medium":
    """The medium of a content."""
    return medium_named(media.medium)


def inspect_file(data: bytes) -> "InspectedFile":
    """What the file ``data`` is, whatever its medium.

    Raises PictureUnreadable for what is empty, damaged, cut off, too large or of no medium known here.
    """
    medium = next((one for one in _all() if one.recognises(data)), None)
    if medium is None:
        *titles, last = (form.title for one in _all() for form in one.formats if form.found_as)
        why = f"it is no {', '.join(titles)} or {last}" if data else "the file is empty"
        raise PictureUnreadable(
            f"This is no picture or sound that can be read: {why}.", hint="open it elsewhere", why=why
        )
    return medium.inspect(data)


def is_recognised(head: bytes) -> bool:
    """Whether a file that begins with ``head`` is one of a medium's."""
    return any(one.recognises(head) for one in _all())


def recipe_in(data: bytes) -> Recipe | None:
    """The recipe that the file ``data`` carries; None for those without one, and for what is of no medium."""
    return next((one.read_recipe(data) for one in _all() if one.recognises(data)), None)


def found_suffixes(medium: str = "") -> frozenset[str]:
    """The endings, in lower case, of files (of ``medium``, else of all) that may be taken into the library."""
    return _suffixes(_all(), medium)


def suffix_of_format(name: str) -> str:
    """The ending of files in the format ``name``; that of plain bytes for one that is not known."""
    return next((form.suffix for one in _all() for form in one.formats if form.name == name), ".bin")


def shown_as(data: bytes) -> bytes | None:
    """The picture that shows the file ``data``: itself if it is one, else what its medium gives for it."""
    medium = next((one for one in _all() if one.recognises(data)), None)
    return data if medium is None or medium.name == IMAGE else medium.preview(data)


def media_from_dict(data: dict[str, Any]) -> MediaInfo:
    """What domain.media.media_dict made ``data`` of. Raises ValueError or TypeError for what is none."""
    facts = dict(data)
    return from_plain(medium_named(str(facts.pop("medium", ""))).info, facts)


@cache
def _suffixes(media: "tuple[Medium, ...]", medium: str) -> frozenset[str]:
    return frozenset(
        suffix
        for one in media
        for form in one.formats
        for suffix in form.found_as
        if medium in ("", one.name)
    )


def _all() -> "tuple[Medium, ...]":
    return _all_made(tuple(MEDIA.values()))


@cache
def _all_made(targets: tuple[str, ...]) -> "tuple[Medium, ...]":
    return tuple(map(_made, targets))


@cache
def _made(target: str) -> "Medium":
    module, _, name = target.partition(":")
    return cast("Medium", getattr(importlib.import_module(module), name)())
