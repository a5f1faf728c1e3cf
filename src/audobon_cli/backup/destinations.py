"""Destinations of backups, from the tables ``[backup]`` of the settings files."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import partial
from pathlib import Path
from typing import Any

from audobon_cli.domain.errors import BackupNotFound, SettingInvalid
from audobon_cli.domain.foreign.documents import parse_toml, read_bounded
from audobon_cli.remotes.addresses import KINDS
from audobon_cli.settings.settings import MOST_SETTINGS_BYTES

TABLE = "backup"
AFTER_COMMIT = "commit"
_KEYS = ("default", "destinations", "after")


@dataclass(frozen=True, slots=True)
class Destination:
    """Where backups go. ``name`` is "" for an address given on the command line."""

    address: str
    name: str = ""
    passphrase_file: str = ""
    key_file: str = ""
    storage_class: str = ""
    kms_key: str = ""
    project: str = ""
    impersonate: str = ""
    credentials_file: str = ""
    bandwidth: str = ""
    endpoint: str = ""
    region: str = ""
    profile: str = ""
    addressing: str = ""


@dataclass(frozen=True, slots=True)
class Destinations:
    """Those that have names, and which is meant when none is named. ``after``: "commit" where the first file, the
    user's own, asks for a backup after each commit, else ""."""

    named: Mapping[str, Destination] = field(default_factory=dict)
    default: str = ""
    after: str = ""

    def find(self, text: str | None) -> Destination:
        """The destination called ``text``, the default one for None, else the place with that address: what the
        settings say of it, if they name it.

        Raises BackupNotFound.
        """
        if text is None:
            text = self.default or (next(iter(self.named)) if len(self.named) == 1 else "")
            if not text:
                raise BackupNotFound(
                    "No destination was named, and the settings name no default one.",
                    hint=f"give --dest with {KINDS}, or `audobon backup init DEST --name NAME`",
                )
        if text in self.named:
            return self.named[text]
        for one in self.named.values():
            if _place(one.address) == _place(text):
                return one
        if not any(mark in text for mark in ("/", "\\", ".")) and not Path(text).exists():
            known = ", ".join(sorted(self.named)) or "none"
            raise BackupNotFound(
                f"No destination is called {text!r}.",
                hint=f"known ones: {known}; a folder here is written ./{text}",
                name=text,
            )
        return Destination(text)


def _place(address: str) -> str:
    """``address`` so that two ways of writing one place are equal."""
    return address.rstrip("/") if "://" in address else str(Path(address).expanduser().absolute())


def load_destinations(*files: Path | None) -> Destinations:
    """The destinations in settings files; a later file's come before an earlier one's. Raises SettingInvalid."""
    named: dict[str, Destination] = {}
    default = after = ""
    for file in files:
        table = _table(file) if file is not None else {}
        unknown = sorted(set(table) - set(_KEYS))
        if unknown:
            raise _invalid(file, f"[{TABLE}] has no key {unknown[0]!r}")
        for name, values in table.get("destinations", {}).items():
            named[name] = _destination(file, name, values)
        default = str(table.get("default", default))
        if table.get("after", "") not in ("", AFTER_COMMIT):
            raise _invalid(file, f'after can be "{AFTER_COMMIT}" only')
        after = table.get("after", "") if file == files[0] else after
    if default and default not in named:
        raise _invalid(files[0], f"the default destination {default!r} is not among the destinations")
    return Destinations(named, default, after)


def with_destination(text: str, destination: Destination, default: bool) -> str:
    """The settings file ``text`` with ``destination`` in it; all other lines and comments stay as they are."""
    # A JSON string is a TOML basic string.
    quote = partial(json.dumps, ensure_ascii=False)
    if default:
        line = f"default = {quote(destination.name)}\n"
        head = re.search(rf"^\[{TABLE}\][ \t]*\n(?:default[ \t]*=.*\n)?", text, re.MULTILINE)
        if head is None:
            text += f"\n[{TABLE}]\n{line}"
        else:
            text = text[: head.start()] + f"[{TABLE}]\n{line}" + text[head.end() :]
    lines = [f"\n[{TABLE}.destinations.{quote(destination.name)}]"]
    for one in fields(Destination):
        value = getattr(destination, one.name)
        if one.name != "name" and value:
            lines.append(f"{one.name} = {quote(value)}")
    return text + "\n".join(lines) + "\n"


def with_secret_files(text: str, destination: Destination) -> str | None:
    """The settings file ``text`` in which ``destination`` has the passphrase and key file that it says, or none; all
    other lines stay as they are. None if the table of that name is not written there in lines of its own."""
    lines = text.splitlines(keepends=True)
    start = next((at for at, line in enumerate(lines) if _is_table_of(line, destination.name)), None)
    if start is None:
        return None
    end = next((at for at in range(start + 1, len(lines)) if lines[at].lstrip().startswith("[")), len(lines))
    kept = [
        line for line in lines[start + 1 : end] if not re.match(r"\s*(passphrase_file|key_file)\s*=", line)
    ]
    new = [
        f"{key} = {json.dumps(getattr(destination, key), ensure_ascii=False)}\n"
        for key in ("passphrase_file", "key_file")
        if getattr(destination, key)
    ]
    head = lines[start] if lines[start].endswith("\n") else lines[start] + "\n"
    return "".join([*lines[:start], head, *new, *kept, *lines[end:]])


def _is_table_of(line: str, name: str) -> bool:
    """Whether a line begins the table of the destination called ``name``, however the name is quoted."""
    if not line.lstrip().startswith("["):
        return False
    try:
        found = parse_toml(line).get(TABLE, {}).get("destinations", {})
    except (ValueError, AttributeError):
        return False
    return isinstance(found, dict) and name in found


def _table(file: Path) -> dict[str, Any]:
    try:
        found = parse_toml(read_bounded(file, MOST_SETTINGS_BYTES)).get(TABLE, {})
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise _invalid(file, f"it cannot be read: {error}") from error
    if not isinstance(found, dict) or not isinstance(found.get("destinations", {}), dict):
        raise _invalid(file, f"[{TABLE}] is not a table of tables")
    return found


def _destination(file: Path | None, name: str, values: Any) -> Destination:
    allowed = {one.name for one in fields(Destination)} - {"name"}
    if not isinstance(values, dict) or not isinstance(values.get("address"), str) or not values["address"]:
        raise _invalid(file, f"the destination {name!r} has no address")
    for key, value in values.items():
        if key not in allowed or not isinstance(value, str):
            raise _invalid(
                file, f"{key!r} of the destination {name!r} is not a text among {', '.join(sorted(allowed))}"
            )
    return Destination(name=name, **values)


def _invalid(file: Path | None, why: str) -> SettingInvalid:
    return SettingInvalid(
        f"The backup settings in {file} are wrong: {why}.",
        hint=f'write [{TABLE}.destinations.NAME] with address = "…"',
        path=str(file),
    )
