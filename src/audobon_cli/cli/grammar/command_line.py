"""One command as the parser sees it: its options by their new and their old names."""

from collections.abc import Iterator
from copy import copy
from typing import Any

from typer.core import TyperCommand, TyperOption

from audobon_cli.cli.grammar.vocabulary import OPTIONS


class CommandLine(TyperCommand):
    """A command. Old names of its options are understood, and a terminal is noted the new ones."""

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
        renamed = OPTIONS.get(_path(ctx), {})
        noted = getattr(ctx.obj, "renamed", None)  # the session; tests parse without one
        if noted is not None:
            for word in args[: args.index("--")] if "--" in args else args:
                new = renamed.get(word.partition("=")[0])
                if new is not None:
                    noted.append(
                        f"{word.partition('=')[0]} is now {new if new.startswith('-') else f'`audobon {new}`'}."
                    )
        return super().parse_args(ctx, args)

    def _old_options(self, ctx: Any) -> "Iterator[tuple[str, TyperOption]]":
        options = {
            name: param for param in self.params if isinstance(param, TyperOption) for name in param.opts
        }
        for old, new in OPTIONS.get(_path(ctx), {}).items():
            if new in options and old not in options:
                yield old, options[new]


def _path(ctx: Any) -> str:
    return " ".join(ctx.command_path.split()[1:])
