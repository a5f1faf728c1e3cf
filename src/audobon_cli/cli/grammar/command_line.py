"""One command as the parser sees it: its options by their new and their old names."""

import math
from collections.abc import Iterator
from copy import copy
from typing import Any

from typer import BadParameter
from typer.core import TyperCommand, TyperGroup, TyperOption

from audobon_cli.cli.grammar.vocabulary import OPTIONS

FULL = "audobon.full_help"
"""In a context's ``meta``: whether the page of help is the long one."""

LARGEST = 2**31 - 1
"""The largest number that an option takes which says none itself. Clocks, calendars, the database and the libraries
below end at different places, all of them beyond this."""

_LARGEST_OF = {"seed": 2**64 - 1, "priority": 2**63 - 1}
"""Seeds are bounded where requests are made; priorities may be times in some small unit."""


class CommandLine(TyperCommand):
    """A command. Old names of its options are understood, and a terminal is told the new ones."""

    brief: tuple[str, ...] = ()

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """The page of help: in short for -h."""
        from audobon_cli.cli.grammar.descriptions import describe
        from audobon_cli.cli.grammar.help_page import command_page, page_width

        path = _path(ctx)
        formatter.write(command_page(path, describe(self), page_width(), ctx.meta.get(FULL, True)) + "\n")

    def make_parser(self, ctx: Any) -> Any:
        """The parser, which knows old names too."""
        parser = super().make_parser(ctx)
        for old, option in self._old_options(ctx):
            older = copy(option)
            older.opts, older.secondary_opts = [old], []
            older.add_to_parser(parser, ctx)
        return parser

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Take the words of the command line. Raises what Typer raises."""
        ctx.meta[FULL] = "-h" not in args or "--help" in args
        renamed = OPTIONS.get(_path(ctx), {})
        noted = getattr(ctx.obj, "renamed", None)  # the session; tests parse without one
        if noted is not None:
            for word in args[: args.index("--")] if "--" in args else args:
                new = renamed.get(word.partition("=")[0])
                if new is not None:
                    noted.append(
                        f"{word.partition('=')[0]} is now {new if new.startswith('-') else f'`audobon {new}`'}."
                    )
        rest: list[str] = super().parse_args(ctx, args)
        for param in self.params:
            _check_number(ctx.params.get(param.name), param, ctx)
        return rest

    def _old_options(self, ctx: Any) -> "Iterator[tuple[str, TyperOption]]":
        options = {
            name: param for param in self.params if isinstance(param, TyperOption) for name in param.opts
        }
        for old, new in OPTIONS.get(_path(ctx), {}).items():
            if new in options and old not in options:
                yield old, options[new]


def _check_number(value: Any, param: Any, ctx: Any) -> None:
    """Raise BadParameter for a number (or one of several) that is none, or that nothing here could work with."""
    if isinstance(value, list | tuple):
        for one in value:
            _check_number(one, param, ctx)
        return
    if isinstance(value, bool) or not isinstance(value, int | float):
        return
    if not math.isfinite(value):
        raise BadParameter(f"{str(value)!r} is not a valid float", ctx, param)
    largest = _LARGEST_OF.get(param.name, LARGEST)
    if abs(value) > largest:
        range_ = f"x<={largest}" if value > 0 else f"x>={-largest}"
        raise BadParameter(f"{value} is not in the range {range_}", ctx, param)


class CommandGroup(TyperGroup):
    """A group of commands, or the program itself."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """The page of help, from the file of descriptions as far as that knows the group."""
        from audobon_cli.cli.grammar.descriptions import described
        from audobon_cli.cli.grammar.help_page import group_page, page_width, root_page

        path, width = _path(ctx), page_width()
        if not path:
            formatter.write(root_page(width, ctx.meta.get(FULL, False)) + "\n")
            return
        known = described(path) or {"text": self.help or "", "commands": list(self.commands)}
        formatter.write(group_page(path, known, width) + "\n")

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Take the words of the command line. Raises what Typer raises."""
        ctx.meta[FULL] = args[:1] == ["--help"]
        return super().parse_args(ctx, args)


def _path(ctx: Any) -> str:
    return " ".join(ctx.command_path.split()[1:])
