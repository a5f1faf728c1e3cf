"""Which module holds which command, and a group that imports a command's modules when it is asked for.

Importing them all costs more than anything else at the start of a command; only the root's help needs it.
"""

from collections.abc import Iterator, MutableMapping
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

SINGLE = ("generate", "reproduce", "init", "doctor", "usage", "warm")
"""Commands of their own: the module of that name has ``register``."""

GROUPS: dict[str, tuple[str, ...]] = {
    "recipe": ("recipe",),
    "assets": ("assets", "assets_editing", "assets_keeping"),
    "sprite": ("sprite",),
    "version": ("version", "version_branches", "version_git"),
    "backup": ("backup", "backup_checking", "backup_keeping", "backup_keys"),
    "models": ("models",),
    "presets": ("presets",),
    "providers": ("providers",),
    "vram": ("vram",),
    "queue": ("queue", "queue_running", "queue_steering"),
    "config": ("config",),
}
"""Groups, and the modules that add commands to the ``app`` of the first."""

PACKAGE = "audobon_cli.cli.commands"


class CommandTree(TyperGroup):
    """The root of all commands."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = _Commands()


class _Commands(MutableMapping[str, Any]):
    """The root's commands by name, in the order of the help; each is made when it is first looked up."""

    def __init__(self) -> None:
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._made:
            if name not in self:
                raise KeyError(name)
            self._made[name] = _make(name)
        return self._made[name]

    def __contains__(self, name: object) -> bool:
        return name in SINGLE or name in GROUPS or name in self._made

    def __iter__(self) -> Iterator[str]:
        return iter((*SINGLE, *GROUPS))

    def __len__(self) -> int:
        return len(SINGLE) + len(GROUPS)

    def __setitem__(self, name: str, command: Any) -> None:
        self._made[name] = command

    def __delitem__(self, name: str) -> None:
        raise TypeError("commands cannot be taken away")


def _make(name: str) -> Any:
    holder = typer.Typer(rich_markup_mode=None)
    owner, *_ = [import_module(f"{PACKAGE}.{module}") for module in GROUPS.get(name, (name,))]
    if name in GROUPS:
        holder.add_typer(owner.app, name=name)
    else:
        owner.register(holder)
    return typer.main.get_group(holder).commands[name]
