"""What is wrong with a preset of the user's own, line by line, before anything stumbles over it."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audobon_cli.domain.errors import InvalidInput, PresetInvalid, SizeNotAllowed
from audobon_cli.domain.foreign.documents import parse_toml, read_bounded, shortened
from audobon_cli.domain.foreign.text import decode_file
from audobon_cli.domain.request import MAX_CANDIDATES, MAX_GUIDANCE, MAX_STEPS
from audobon_cli.domain.scaling import UpscaleMethod
from audobon_cli.domain.units import parse_size
from audobon_cli.presets.catalog import nearest
from audobon_cli.presets.lines import KeyLines, line_of_error
from audobon_cli.presets.models import read_model
from audobon_cli.presets.sounds import read_sound, read_sound_word

KINDS = {"quality": "quality", "style": "styles", "size": "sizes", "sound": "sounds", "model": "models"}
"""What a preset is called, and the folder it lies in."""

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")

NO_STYLE = "none"
"""What `--style` takes for no style at all."""

MOST_BYTES = 256 * 1024
"""A preset that is written by hand has a hundredth of it."""

MOST_GRID = 64
"""Pixels that are drawn for a side of one pixel of pixel art, at most."""

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PresetFault:
    """What is wrong, on which line (from 1), and what to do."""

    line: int
    what: str
    advice: str


@dataclass(frozen=True, slots=True)
class CheckedPreset:
    """A preset's file, and its faults."""

    kind: str
    name: str
    path: Path
    faults: tuple[PresetFault, ...]


def _no_refusals(text: str, option: str) -> Iterator[InvalidInput]:
    return iter(())


@dataclass(frozen=True, slots=True)
class Known:
    """What presets are held against: the ``families`` of models, the names of ``styles``, and what makes ``generate``
    refuse a template or a negative (``refusals``)."""

    families: Sequence[str]
    styles: Sequence[str]
    refusals: Callable[[str, str], Iterator[InvalidInput]] = _no_refusals


@dataclass(frozen=True, slots=True)
class _Found:
    key: Key
    what: str
    advice: str


def own_files(folder: Path) -> list[tuple[str, Path]]:
    """The kind and the path of every preset in a user's ``folder``."""
    return [(kind, path) for kind, name in KINDS.items() for path in sorted((folder / name).glob("*.toml"))]


def check_file(kind: str, path: Path, known: Known) -> CheckedPreset:
    """The faults of one file; one that cannot be read has that alone."""
    try:
        text = decode_file(read_bounded(path, MOST_BYTES))
    except (OSError, ValueError) as error:
        fault = PresetFault(1, f"the file cannot be read: {error}", "write it anew, or remove it")
        return CheckedPreset(kind, path.stem, path, (fault,))
    return CheckedPreset(kind, path.stem, path, faults_of(kind, path.stem, text, known))


def faults_of(kind: str, name: str, text: str, known: Known) -> tuple[PresetFault, ...]:
    """What is wrong with the preset ``name`` of ``kind`` that ``text`` is, by line."""
    try:
        data = parse_toml(text)
    except ValueError as error:
        line, words = line_of_error(error, text)
        return (PresetFault(line, f"this is not TOML: {words}", 'write KEY = VALUE, and texts in "quotes"'),)
    lines = KeyLines(text)
    found = [*_named(kind, name), *_CHECKS[kind](data, known)]
    faults = [PresetFault(lines.of(one.key), one.what, one.advice) for one in found]
    return tuple(sorted(faults, key=lambda one: one.line))


def check_name(kind: str, name: str) -> None:
    """Raise PresetInvalid for what cannot be the name of a preset."""
    for one in _named(kind, name):
        raise PresetInvalid(f"{name!r} is no name of a {kind}: {one.what}.", hint=one.advice)


def preset_error(checked: Sequence[CheckedPreset], hint: str) -> PresetInvalid:
    """The error of presets with faults, with every one of them."""
    faulty = [one for one in checked if one.faults]
    first = faulty[0].faults[0]
    more = sum(len(one.faults) for one in faulty) - 1
    words = f"; {more} more" if more else ""
    return PresetInvalid(
        f"{faulty[0].path.name}, line {first.line}: {first.what}{words}.",
        hint=hint,
        faults=[
            {"path": str(one.path), "line": each.line, "what": each.what, "advice": each.advice}
            for one in faulty
            for each in one.faults
        ],
    )


def _named(kind: str, name: str) -> Iterator[_Found]:
    if not NAME.fullmatch(name):
        yield _Found((), f"the name {name!r} cannot be typed", "use small letters, digits, - and _")
    elif kind == "style" and name == NO_STYLE:
        yield _Found((), f"{name!r} means that no style is wanted", "take another name")
    elif kind == "size" and _is_size(name):
        yield _Found((), f"{name!r} is a size already", "take a name that is no number")


def _is_size(text: str) -> bool:
    """Whether ``text`` is a size in pixels, as the options take them."""
    try:
        return parse_size(text) is not None
    except SizeNotAllowed:
        return False


def _quality(data: Mapping[str, Any], known: Known) -> Iterator[_Found]:
    yield from _keys(data, (), ("description", "reason", "timeout_seconds", "families"))
    yield from _texts(data, ("description",), ("reason",))
    yield from _number(data, ("timeout_seconds",), 0.001, 10**7, "seconds", whole=False)
    tables = data.get("families")
    if not isinstance(tables, dict) or "default" not in tables:
        yield _Found(
            ("families",), "there is no [families.default]", "add it, with steps and guidance: it is needed"
        )
    for family, table in tables.items() if isinstance(tables, dict) else ():
        key = ("families", family)
        yield from _family(key, family, ("default", *known.families))
        if not isinstance(table, dict):
            yield _Found(key, f"{family} is no table", f"write [families.{family}], and steps below it")
            continue
        yield from _keys(table, key, ("steps", "guidance", "candidates", "rate"))
        yield from _number(table, (*key, "steps"), 1, MAX_STEPS, "steps", needed=True)
        yield from _number(table, (*key, "guidance"), 0, MAX_GUIDANCE, "guidance", needed=True, whole=False)
        yield from _number(table, (*key, "candidates"), 1, MAX_CANDIDATES, "candidates")
        yield from _number(table, (*key, "rate"), 8000, 192_000, "samples a second")


def _style(data: Mapping[str, Any], known: Known) -> Iterator[_Found]:
    keys = ("description", "template", "negative", "families", "upscale", "grid", "sound")
    yield from _keys(data, (), keys)
    yield from _texts(data, ("description", "template"), ("negative",))
    template = data.get("template")
    if isinstance(template, str) and "{prompt}" not in template:
        yield _Found(
            ("template",), "the template has no {prompt}", 'say where the words go: "{prompt}, ink drawing"'
        )
    for part in ("template", "negative"):
        if isinstance(data.get(part), str):
            for refused in known.refusals(data[part], f"The {part}"):
                yield _Found((part,), refused.message[:1].lower() + refused.message[1:-1], refused.hint)
    yield from _number(data, ("grid",), 1, MOST_GRID, "drawn pixels a side")
    methods = [str(one) for one in UpscaleMethod]
    if data.get("upscale", methods[0]) not in methods:
        yield _Found(
            ("upscale",),
            f"upscale is {shortened(data['upscale'])}",
            f"it is {' or '.join(map(repr, methods))}",
        )
    named = data.get("families", [])
    if not isinstance(named, list) or not all(isinstance(one, str) for one in named):
        yield _Found(("families",), "families is no list of texts", 'write families = ["sdxl"]')
        return
    for family in named:
        yield from _family(("families",), family, known.families)
    if "sound" in data:
        yield from _read(("sound",), lambda: read_sound_word(data["sound"]))


def _size(data: Mapping[str, Any], known: Known) -> Iterator[_Found]:
    yield from _keys(data, (), ("description", "size", "families"))
    yield from _texts(data, ("description",), ())
    if "size" not in data:
        yield _Found(("size",), "there is no size", 'add size = "832x1216", or one number for a square')
    else:
        yield from _pixels(("size",), data["size"])
    tables = data.get("families", {})
    if not isinstance(tables, dict):
        yield _Found(("families",), "families is no table", "write [families], and FAMILY = SIZE below it")
        return
    for family, value in tables.items():
        yield from _family(("families", family), family, known.families)
        yield from _pixels(("families", family), value)


def _pixels(key: Key, value: object) -> Iterator[_Found]:
    if isinstance(value, bool) or not isinstance(value, int | str) or not _is_size(str(value)):
        yield _Found(key, f"{shortened(value)} is no size", 'write "64", "64x96" or up to "16384x16384"')


def _family(key: Key, family: str, known: Sequence[str]) -> Iterator[_Found]:
    if family in known:
        return
    near = nearest(family, known)
    advice = f"did you mean {' or '.join(near)}?" if near else "`audobon models list` names the families"
    yield _Found(key, f"no family of models is called {family!r}", advice)


def _keys(data: Mapping[str, Any], above: Key, known: Sequence[str]) -> Iterator[_Found]:
    for name in data:
        if name not in known:
            near = nearest(name, known)
            advice = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
            yield _Found((*above, name), f"{name!r} is not known, and without effect", advice)


def _texts(data: Mapping[str, Any], needed: Sequence[str], optional: Sequence[str]) -> Iterator[_Found]:
    for name in needed:
        if name not in data:
            yield _Found((name,), f"there is no {name}", f'add {name} = "..."')
    for name in (*needed, *optional):
        if name in data and (not isinstance(data[name], str) or (name in needed and not data[name].strip())):
            yield _Found(
                (name,), f"{name} is {shortened(data[name])}, and no text", f'write {name} = "words"'
            )


def _number(
    table: Mapping[str, Any],
    key: Key,
    least: float,
    most: float,
    what: str,
    *,
    needed: bool = False,
    whole: bool = True,
) -> Iterator[_Found]:
    name = key[-1]
    if name not in table:
        if needed:
            yield _Found(key, f"{'.'.join(key)} is missing", f"add {name} = NUMBER")
        return
    value = table[name]
    kinds = (int,) if whole else (int, float)
    if isinstance(value, bool) or not isinstance(value, kinds) or not least <= value <= most:
        number = "a whole number" if whole else "a number"
        yield _Found(
            key, f"{name} is {shortened(value)}", f"give {number} of {what} from {least:g} to {most:g}"
        )


def _read(key: Key, build: Callable[[], object]) -> Iterator[_Found]:
    """A fault if ``build``, the reader of the program, cannot read it."""
    try:
        build()
    except KeyError as error:
        yield _Found(
            key, f"there is no {error}", "add it; docs/presets.md and docs/sound.md say what is needed"
        )
    except (TypeError, ValueError, AttributeError, OverflowError) as error:
        yield _Found(
            key, f"a value is wrong: {error}", "docs/presets.md and docs/sound.md say what may stand"
        )


def _sound(data: Mapping[str, Any], known: Known) -> Iterator[_Found]:
    yield from _read((), lambda: read_sound("", data, "own"))


def _model(data: Mapping[str, Any], known: Known) -> Iterator[_Found]:
    yield from _read((), lambda: read_model("", data, "own"))
    if isinstance(data.get("family"), str):
        yield from _family(("family",), data["family"], known.families)
    style = data.get("default_style", "")
    if style not in ("", NO_STYLE, *known.styles):
        near = nearest(str(style), known.styles)
        advice = f"did you mean {' or '.join(near)}?" if near else "`audobon presets list` names the styles"
        yield _Found(("default_style",), f"no style is called {style!r}", advice)


_CHECKS = {"quality": _quality, "style": _style, "size": _size, "sound": _sound, "model": _model}
