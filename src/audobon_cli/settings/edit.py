"""Settings files as text: one setting set or removed, all other lines and comments as they are."""

from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AbstractTable

from audobon_cli.domain.errors import InvalidInput, SettingInvalid
from audobon_cli.settings.settings import checked_value, describe, parse_value, setting_names


def setting_name(text: str) -> str:
    """The setting that a person means: ``budget.per_run`` and ``budget-per-run`` are ``budget_per_run``.

    Raises InvalidInput with the nearest ones.
    """
    from difflib import get_close_matches

    name = text.strip().lower().replace(".", "_").replace("-", "_")
    if name in setting_names():
        return name
    near = get_close_matches(name, setting_names(), n=2)
    raise InvalidInput(
        f"There is no setting {text!r}.",
        hint=f"did you mean {' or '.join(near)}?" if near else "`audobon config show` lists the settings",
        setting=text,
    )


def setting_value(name: str, text: str) -> Any:
    """What ``text`` means as a value of the setting ``name``. Raises SettingInvalid."""
    return checked_value(name, parse_value(name, text, f"the value of {name}"), "the command line")


def with_setting(text: str, name: str, value: Any, path: Path) -> str:
    """The settings file ``text`` with ``name`` set, where it stands already or before all tables."""
    document = _document(text, path)
    table, key = _place(document, name) or (document, name)
    table[key] = value
    return tomlkit.dumps(document)


def without_setting(text: str, name: str, path: Path) -> str | None:
    """The settings file ``text`` without ``name``; None if it does not set it."""
    document = _document(text, path)
    place = _place(document, name)
    if place is None:
        return None
    table, key = place
    del table[key]
    return tomlkit.dumps(document)


def template() -> str:
    """A settings file that sets nothing and says what there is."""
    lines = ["# Settings of audobon. `audobon config show` lists their values and who set them.", ""]
    for name in setting_names():
        lines += [f"# {describe(name)}", f"# {name} = ", ""]
    return "\n".join(lines)


def _document(text: str, path: Path) -> tomlkit.TOMLDocument:
    try:
        return tomlkit.parse(text)
    except TOMLKitError as error:
        raise SettingInvalid(
            f"The settings file {path} cannot be read: {error}",
            hint="mend it with `audobon config edit`",
            path=str(path),
        ) from error


def _place(document: tomlkit.TOMLDocument, name: str) -> tuple[Any, str] | None:
    """Where the file sets ``name``: by itself, or as ``[budget] per_run``."""
    if name in document:
        return document, name
    for key, table in document.items():
        if isinstance(table, AbstractTable) and name.startswith(f"{key}_"):
            inner = name.removeprefix(f"{key}_")
            if inner in table:
                return table, inner
    return None
