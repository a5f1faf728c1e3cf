"""Reading a project's contract from its audobon.toml."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from audobon_cli.domain.errors import SettingInvalid, SizeNotAllowed
from audobon_cli.domain.foreign.documents import parse_toml, read_bounded
from audobon_cli.domain.units import parse_size
from audobon_cli.settings.settings import MOST_SETTINGS_BYTES
from audobon_cli.sprites.contract import Contract

TABLE = "contract"
_KEYS = ("size", "palette", "styles", "style_card", "gates")


def load_contract(project_file: Path | None) -> Contract:
    """The contract in ``project_file``; an empty one without the file or the table.

    A palette is looked for beside the file. Raises SettingInvalid for keys and values that are wrong.
    """
    if project_file is None:
        return Contract()
    try:
        data = parse_toml(read_bounded(project_file, MOST_SETTINGS_BYTES)).get(TABLE)
    except (OSError, ValueError) as error:
        raise SettingInvalid(
            f"The settings file {project_file} cannot be read: {error}", hint="mend or remove it"
        ) from error
    if data is None:
        return Contract()
    try:
        return _contract(data, project_file)
    except (TypeError, ValueError, AttributeError, SizeNotAllowed) as error:
        raise SettingInvalid(
            f"The contract in {project_file} is wrong: {error}.",
            hint=f"[{TABLE}] takes {', '.join(_KEYS)}; gates are a table of numbers",
            path=str(project_file),
        ) from error


def _contract(data: Mapping[str, Any], project_file: Path) -> Contract:
    unknown = sorted(set(data) - set(_KEYS))
    if unknown:
        raise ValueError(f"{unknown[0]!r} is not a part of it")
    size = parse_size(str(data["size"])) if "size" in data else None
    if "size" in data and size is None:
        raise ValueError(f"{data['size']!r} is not a size such as 64 or 64x96")
    palette = str(project_file.parent / Path(data["palette"]).expanduser()) if "palette" in data else ""
    styles = data.get("styles", [])
    if not isinstance(styles, list):
        raise TypeError("styles is not a list")
    card = str(data.get("style_card", ""))
    if card.lower().endswith(".png"):
        card = str(project_file.parent / Path(card).expanduser())
    gates = {str(name): _limit(name, value) for name, value in data.get("gates", {}).items()}
    return Contract(size, palette, tuple(str(style) for style in styles), card, gates, str(project_file))


def _limit(name: str, value: object) -> float:
    if value is False:
        return math.inf
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise ValueError(f"the limit of {name} is {value!r} and not a number, or false for none")
    return float(value)
