"""Presets of the user's own as files: begun, changed key by key, and held against what presets may be."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.items import AbstractTable

from audobon_cli.domain.errors import InvalidInput, PresetNotFound
from audobon_cli.domain.foreign.documents import parse_toml, read_bounded
from audobon_cli.domain.foreign.text import decode_file
from audobon_cli.presets.catalog import nearest
from audobon_cli.presets.checking import (
    KINDS,
    MOST_BYTES,
    CheckedPreset,
    Known,
    check_name,
    faults_of,
    preset_error,
)

MADE = ("quality", "style", "size")
"""Kinds that are begun here; a sound is begun by `audobon sound`, a model by `audobon models add`."""

TEXTS = frozenset({"description", "reason", "template", "negative", "size", "upscale"})
"""Keys whose values are texts, whatever they look like."""

LISTS = frozenset({"families"})
"""Keys whose values may be given as a,b where a style has them."""

STARTERS: Mapping[str, str] = {
    "quality": """\
description = "What it is for."
# reason = "Why these figures."
# timeout_seconds = 60      # what one picture may take

[families.default]          # for families that are not named
steps = 25                  # denoising steps
guidance = 6.0              # 0 or 1: none

[families.sprite]           # a family of `audobon models list`
steps = 20
guidance = 4.0
# candidates = 2            # so many are drawn, and the best kept
""",
    "style": """\
description = "What it looks like."
template = "{prompt}, NAME style"   # {prompt} is where the words go
# negative = "photograph"           # added to --negative where the model heeds it
# families = ["sdxl", "sd15"]       # the only families that know it
# upscale = "nearest"               # how pictures are enlarged: smooth or nearest
""",
    "size": """\
description = "What it is for."
size = "64x64"              # pixels, or one number for a square

# [families]                # what the name means for families that draw at another scale
# sdxl = "1024x1024"
""",
}
"""What `presets new` begins with: each is a preset as it stands."""


def preset_file(folder: Path, kind: str, name: str) -> Path:
    """Where the preset ``name`` of ``kind`` lies in a presets ``folder``."""
    return folder / KINDS[kind] / f"{name}.toml"


def starting_text(kind: str, name: str, copied: Path | None) -> str:
    """What a new preset begins with: the text of the file ``copied``, or what STARTERS has of its kind.

    Raises InvalidInput for a file that cannot be read."""
    return STARTERS[kind].replace("NAME", name) if copied is None else read_preset(copied)


def read_preset(path: Path) -> str:
    """The text of a preset's file. Raises InvalidInput."""
    try:
        return decode_file(read_bounded(path, MOST_BYTES))
    except (OSError, ValueError) as error:
        raise InvalidInput(f"{path} cannot be read: {error}.", hint="write it anew, or remove it") from error


def find_preset(folders: Sequence[tuple[str, Path]], kind: str, name: str) -> tuple[str, Path]:
    """The source and file of the preset ``name`` of ``kind``: the user's own before the shipped one.

    Raises PresetNotFound, naming the nearest."""
    for source, folder in reversed(folders):
        path = preset_file(folder, kind, name)
        if path.is_file():
            return source, path
    known = {path.stem for _, folder in folders for path in (folder / KINDS[kind]).glob("*.toml")}
    near = nearest(name, sorted(known))
    raise PresetNotFound(
        f"There is no {kind} called {name!r}.",
        hint=f"did you mean {' or '.join(near)}?" if near else "`audobon presets list` shows all",
        kind=kind,
        name=name,
        nearest=near,
    )


def with_values(text: str, changes: Sequence[str], removed: Sequence[str] = ()) -> str:
    """The preset ``text`` with ``changes`` made (KEY=VALUE each, a key in a table with dots: families.sdxl.steps=30)
    and ``removed`` keys gone; all other lines and comments stay. Raises InvalidInput for what is no KEY=VALUE, a key
    that is not there to be removed, and for a text that is no TOML."""
    from tomlkit.exceptions import TOMLKitError

    try:
        document = tomlkit.parse(text)
    except (TOMLKitError, ValueError) as error:
        raise InvalidInput(
            f"The file is not TOML: {error}.", hint="`audobon presets edit NAME` opens it in your editor"
        ) from error
    for change in changes:
        key, mark, value = change.partition("=")
        parts = [part.strip() for part in key.split(".")]
        if not mark or not all(parts):
            raise InvalidInput(f"{change!r} is no KEY=VALUE.", hint="write --set families.default.steps=30")
        table = _table(document, parts[:-1])
        table[parts[-1]] = _meant(parts, value.strip())
    for key in removed:
        parts = key.split(".")
        table = _table(document, parts[:-1])
        if parts[-1] not in table:
            raise InvalidInput(
                f"{key} is not set.", hint="`audobon presets show NAME` shows what the preset holds"
            )
        del table[parts[-1]]
    return tomlkit.dumps(document)


def checked_text(kind: str, path: Path, text: str, known: Known, hint: str) -> bytes:
    """What to write as the preset's file. Raises PresetInvalid with every fault, and ``hint``."""
    check_name(kind, path.stem)
    faults = faults_of(kind, path.stem, text, known)
    if faults:
        raise preset_error([CheckedPreset(kind, path.stem, path, faults)], hint)
    return text.encode()


def _table(document: Any, parts: Sequence[str]) -> Any:
    """The table that ``parts`` lead to, made where it is missing. Raises InvalidInput for a value on the way."""
    table = document
    for part in parts:
        if part not in table:
            table[part] = tomlkit.table()
        table = table[part]
        if not isinstance(table, AbstractTable):
            raise InvalidInput(
                f"{part} is a value, and nothing can be set in it.", hint="write --set KEY=VALUE"
            )
    return table


def _meant(parts: Sequence[str], value: str) -> Any:
    """What was typed, as TOML reads it; else a text. A list of families may be written a,b."""
    if len(parts) == 1 and parts[0] in TEXTS:
        return value
    if len(parts) == 1 and parts[0] in LISTS and not value.startswith("["):
        return [one.strip() for one in value.split(",") if one.strip()]
    if "\n" in value:
        return value
    try:
        return parse_toml(f"value = {value}")["value"]
    except ValueError:
        return value
