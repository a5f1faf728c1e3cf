"""The media by name. A further medium is a folder and a line here. Nothing of one is imported until it is asked for."""

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from audobon_cli.domain.errors import PictureUnreadable, PluginUnusable
from audobon_cli.domain.foreign.documents import HEAD_BYTES, Beginning
from audobon_cli.domain.media import IMAGE, SOUND, WEIGHTS, MediaInfo, UnknownMedia
from audobon_cli.domain.recipe import Recipe
from audobon_cli.domain.serialization import canonical_json, from_plain
from audobon_cli.plugins.discovery import PluginKind
from audobon_cli.plugins.registry import Registry, named

if TYPE_CHECKING:
    from audobon_cli.media.types import InspectedFile, Medium

MEDIA = {
    IMAGE: "audobon_cli.media.image.medium:ImageMedium",
    SOUND: "audobon_cli.media.sound.medium:SoundMedium",
    WEIGHTS: "audobon_cli.media.weights.medium:WeightsMedium",
}
"""Each as ``"module:Class"``."""

SHIPPED = frozenset(MEDIA)
"""Those whose files from outside are decoded in the sandbox, which knows no others (see media.untrusted)."""

REGISTRY: "Registry[type[Medium]]" = Registry(PluginKind.MEDIA, MEDIA)
"""These, and those of plugins, whose entry points name such a class."""


def medium_named(name: str) -> "Medium":
    """The medium ``name``. Raises ValueError if there is none."""
    if name in MEDIA:
        return _made(MEDIA[name])
    made = REGISTRY.load(name)
    if made is None:
        raise ValueError(f"the medium {name!r} is not known")
    return made()


def medium_of(media: MediaInfo) -> "Medium":
    """The medium of a content; for one that nothing here knows a stand-in, which leaves files as they are."""
    return medium_or_unknown(media.medium)


def medium_or_unknown(name: str) -> "Medium":
    """The medium ``name``, or such a stand-in."""
    try:
        return medium_named(name)
    except (ValueError, PluginUnusable):  # of a plugin that is gone, off or broken
        from audobon_cli.media.unknown import UnknownMedium

        return UnknownMedium(name)


def added_medium(data: bytes) -> "Medium | None":
    """The medium of the file ``data`` if it is none that ships, told by its first bytes."""
    medium = next((one for one in _all() if one.recognises(data)), None)
    return None if medium is None or medium.name in SHIPPED else medium


def inspect_file(data: bytes) -> "InspectedFile":
    """What the file ``data`` is, whatever its medium.

    Raises PictureUnreadable for what is empty, damaged, cut off, too large or of no medium known here.
    """
    medium = next((one for one in _all() if one.recognises(data)), None)
    if medium is None:
        why = _of_no_medium() if data else "the file is empty"
        raise PictureUnreadable(
            f"This is no picture or sound that can be read: {why}.", hint="open it elsewhere", why=why
        )
    return medium.inspect(data)


def refusal(beginning: Beginning, size: int | None) -> str:
    """Why inspect_file refuses a file with this beginning and of ``size`` bytes (None: that nobody knows the number
    of), told before it is read; "" where it has to be read to know."""
    head = beginning(HEAD_BYTES)
    medium = next((one for one in _all() if one.recognises(head)), None)
    if medium is None:
        return _of_no_medium() if head else ""
    from audobon_cli.media.types import LooksAhead

    return medium.refusal(beginning, size) if size is not None and isinstance(medium, LooksAhead) else ""


def _of_no_medium() -> str:
    *titles, last = (form.title for one in _all() for form in one.formats if form.found_as)
    return f"it is no {', '.join(titles)} or {last}"


def is_recognised(head: bytes) -> bool:
    """Whether a file that begins with ``head`` is one of a medium's."""
    return any(one.recognises(head) for one in _all())


def recipe_in(data: bytes) -> Recipe | None:
    """The recipe that the file ``data`` carries; None for those without one, and for what is of no medium."""
    return next((one.read_recipe(data) for one in _all() if one.recognises(data)), None)


def found_suffixes(medium: str = "") -> frozenset[str]:
    """The endings, in lower case, of files (of ``medium``, else of all) that may be taken into the library."""
    shipped = _suffixes(_all_made(tuple(MEDIA.values())), medium)
    added = (one for one in _added() if medium in ("", one.name))
    return shipped.union(suffix for one in added for form in one.formats for suffix in form.found_as)


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
    name = facts.pop("medium", "")
    if not isinstance(name, str) or not name:
        raise ValueError("it names no medium")
    info = medium_or_unknown(name).info
    return UnknownMedia(name, canonical_json(facts)) if info is UnknownMedia else from_plain(info, facts)


@cache
def _suffixes(media: "tuple[Medium, ...]", medium: str) -> frozenset[str]:
    return frozenset(
        suffix
        for one in media
        for form in one.formats
        for suffix in form.found_as
        if medium in ("", one.name)
    )


def _all() -> "Iterator[Medium]":
    """Those that ship, then those of plugins: these are looked for only where no other will do."""
    yield from _all_made(tuple(MEDIA.values()))
    yield from _added()


def _added() -> "Iterator[Medium]":
    for plugin in REGISTRY.plugins():
        try:
            yield plugin.load()()
        except PluginUnusable:
            continue  # `plugins list` and `doctor` tell of it


@cache
def _all_made(targets: tuple[str, ...]) -> "tuple[Medium, ...]":
    return tuple(map(_made, targets))


@cache
def _made(target: str) -> "Medium":
    made: Medium = named(target)()
    return made
