"""Which module holds which command, and a group that imports a command's modules when it is asked for.

Importing them all costs more than anything else at the start of a command; only the root's help needs it.
"""

from collections.abc import Iterator, MutableMapping
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

SINGLE: dict[str, str] = {
    "generate": "generate.generate",
    "reproduce": "recipe.reproduce",
    "init": "system.init",
    "doctor": "system.doctor",
    "usage": "system.usage",
    "warm": "system.warm",
}
"""Commands of their own, and the module that has ``register``."""

GROUPS: dict[str, tuple[str, ...]] = {
    "recipe": ("recipe.recipe",),
    "assets": ("assets.assets", "assets.editing", "assets.keeping"),
    "sprite": ("sprite.sprite",),
    "version": ("version.version", "version.branches", "version.git"),
    "backup": ("backup.backup", "backup.checking", "backup.keeping", "backup.keys"),
    "models": ("models.models",),
    "presets": ("presets.presets",),
    "providers": ("providers.providers",),
    "vram": ("vram.vram",),
    "queue": ("queue.queue", "queue.running", "queue.steering"),
    "config": ("config.config",),
}
"""Groups, and the modules that add commands to the ``app`` of the first."""

PACKAGE = "audobon_cli.cli"


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
    owner, *_ = [import_module(f"{PACKAGE}.{module}") for module in GROUPS.get(name) or (SINGLE[name],)]
    if name in GROUPS:
        holder.add_typer(owner.app, name=name)
    else:
        owner.register(holder)
    return typer.main.get_group(holder).commands[name]
