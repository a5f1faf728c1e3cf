"""The tree of commands, read from the folders: ``audobon assets list`` is ``list.py`` in the folder ``assets``.

A folder's ``__init__.py`` says what it is: with ``GROUP`` a group of commands, whose help is the docstring; with
``TOP_LEVEL`` a place for commands that belong to no group. Either constant gives the order of the help; a command
that it does not name stands behind those, so that a new one needs its file alone. ``FILES`` spares a search where a
file has several commands. A file with ``GROUP`` is a group within its group.

A file is imported when one of its commands or the help of its group is asked for: importing them all costs more than
anything else at the start of a command.
"""

import os
from collections.abc import Iterator, MutableMapping
from functools import cached_property
from importlib import import_module
from keyword import iskeyword
from pathlib import Path
from types import ModuleType
from typing import Any

import typer

from audobon_cli.cli.grammar.command_line import CommandGroup, CommandLine
from audobon_cli.cli.options import Command

PACKAGE = "audobon_cli.cli"


class CommandTree(CommandGroup):
    """The root of all commands."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = _Root(import_module(PACKAGE))


class _Commands(MutableMapping[str, Any]):
    """Commands by name, in the order of the help; each is made when it is first looked up."""

    def __init__(self) -> None:
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._made:
            found = self.find(name)
            if found is None:
                raise KeyError(name)
            self._made[name] = _typer_command(name, found)
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.names())

    def __len__(self) -> int:
        return len(self.names())

    def __setitem__(self, name: str, command: Any) -> None:
        self._made[name] = command

    def __delitem__(self, name: str) -> None:
        raise TypeError("commands cannot be taken away")

    def names(self) -> tuple[str, ...]:
        """The names of all commands and groups."""
        raise NotImplementedError

    def find(self, name: str) -> "Command | _Folder | None":
        """The command or group called ``name``; None if there is none."""
        raise NotImplementedError


class _Folder(_Commands):
    """The commands in the files of a folder, or in a file that is a group by itself."""

    def __init__(self, module: ModuleType, constant: str = "GROUP") -> None:
        super().__init__()
        self._module = module
        self._declared: tuple[str, ...] = getattr(module, constant)
        self._files: dict[str, str] = getattr(module, "FILES", {})

    @property
    def help(self) -> str | None:
        """What the help of the folder above says of it."""
        return self._module.__doc__

    def names(self) -> tuple[str, ...]:
        """The names of its commands: those declared, then the others."""
        return (*self._declared, *(name for name in self._all if name not in self._declared))

    def find(self, name: str) -> "Command | _Folder | None":
        """The command ``name``, from the file where it should be, else from whichever has it."""
        file = self._files.get(name, _file_name(name))
        return self._in_file(file).get(name) or self._all.get(name)

    @cached_property
    def _modules(self) -> list[str]:
        folders = getattr(self._module, "__path__", ())
        names = sorted(name for folder in folders for name in os.listdir(folder))
        return [name.removesuffix(".py") for name in names if name.endswith(".py") and name[0] != "_"]

    @cached_property
    def _all(self) -> "dict[str, Command | _Folder]":
        found: dict[str, Command | _Folder] = {**_commands_in(self._module)}
        for file in self._modules:
            found |= self._in_file(file)
        return found

    def _in_file(self, file: str) -> "dict[str, Command | _Folder]":
        if file not in self._modules:
            return {}
        module = import_module(f"{self._module.__name__}.{file}")
        return {file: _Folder(module)} if hasattr(module, "GROUP") else {**_commands_in(module)}


class _Root(_Commands):
    """The groups, and the commands of the folders for those that belong to none."""

    def __init__(self, package: ModuleType) -> None:
        super().__init__()
        self._package = package

    def names(self) -> tuple[str, ...]:
        """The commands, then the groups."""
        single = [name for folder in self._top_level for name in folder.names()]
        return (*single, *(name for name in self._folders if hasattr(self._import(name), "GROUP")))

    def find(self, name: str) -> "Command | _Folder | None":
        """The group, or else the command ``name``; folders without a file for it are not imported first."""
        if name in self._folders and hasattr(module := self._import(name), "GROUP"):
            return _Folder(module)
        file = f"{_file_name(name)}.py"
        likely = [self._import(key) for key, folder in self._folders.items() if (folder / file).is_file()]
        folders = [_Folder(module, "TOP_LEVEL") for module in likely if hasattr(module, "TOP_LEVEL")]
        return next((found for folder in folders or self._top_level if (found := folder.find(name))), None)

    @cached_property
    def _top_level(self) -> list[_Folder]:
        modules = map(self._import, self._folders)
        return [_Folder(module, "TOP_LEVEL") for module in modules if hasattr(module, "TOP_LEVEL")]

    @cached_property
    def _folders(self) -> dict[str, Path]:
        """The packages by name, in the order of the help: those that the root names, then the others."""
        files = [file for path in self._package.__path__ for file in Path(path).glob("*/__init__.py")]
        there = {file.parent.name: file.parent for file in sorted(files)}
        return {
            name: there[name] for name in dict.fromkeys((*self._package.FOLDERS, *there)) if name in there
        }

    def _import(self, folder: str) -> ModuleType:
        return import_module(f"{self._package.__name__}.{folder}")


def _typer_command(name: str, found: Command | _Folder) -> Any:
    holder = typer.Typer(rich_markup_mode=None)
    if isinstance(found, Command):
        holder.command(name, cls=CommandLine, epilog=found.epilog)(found.run)
        made: Any = typer.main.get_group(holder).commands[name]
        made.brief = found.brief
        return made
    holder.add_typer(typer.Typer(no_args_is_help=True, cls=CommandGroup, help=found.help), name=name)
    group: Any = typer.main.get_group(holder).commands[name]
    group.commands = found
    return group


def _commands_in(module: ModuleType) -> dict[str, Command]:
    """The commands that a file has, in its order."""
    values = [value for value in vars(module).values() if isinstance(value, Command)]
    return {value.name: value for value in values if value.run.__module__ == module.__name__}


def _file_name(command: str) -> str:
    """Where a command should be: dashes are underscores, and ``import`` cannot be a module's name."""
    return f"{command}_" if iskeyword(command) else command.replace("-", "_")
