"""Commands with the common options: a function takes a Session, Typer sees its options and the common ones."""

import copy
import functools
import inspect
from collections.abc import Callable, Sequence
from dataclasses import fields, is_dataclass
from typing import Annotated, Any, NamedTuple, get_type_hints

import typer

from audobon_cli.cli.ending import interrupted
from audobon_cli.cli.grammar.vocabulary import COMMON
from audobon_cli.cli.logging import LOG_FORMATS
from audobon_cli.cli.output import COLOR_CHOICES
from audobon_cli.cli.session import CommonOptions, Session

COMMON_NAMES = tuple(f.name for f in fields(CommonOptions))


OPTIONAL_VALUES = {"--read-data": "100%"}
"""Options whose value may be left out, and what is meant then. Typer has no such options."""


def with_optional_values(argv: Sequence[str]) -> list[str]:
    """``argv`` with the values that were left out."""
    return [f"{word}={OPTIONAL_VALUES[word]}" if word in OPTIONAL_VALUES else word for word in argv]


class PipeClosed(Exception):
    """Whoever read stdout is gone."""


def _check_log_format(value: str) -> str:
    if value not in ("", *LOG_FORMATS):
        raise typer.BadParameter(f"{value!r} is not one of {', '.join(map(repr, LOG_FORMATS))}.")
    return value


def _check_color(value: str) -> str:
    if value not in COLOR_CHOICES:
        raise typer.BadParameter(f"{value!r} is not one of {', '.join(map(repr, COLOR_CHOICES))}.")
    return value


_COMMON: dict[str, Any] = {
    "json": Annotated[
        bool, typer.Option("--json", help="Print the result as one JSON object, on the last line.")
    ],
    "events": Annotated[
        bool,
        typer.Option("--events", help="Print progress as JSON lines, then the result."),
    ],
    "quiet": Annotated[bool, typer.Option("--quiet", "-q", help="Print only results and errors.")],
    "verbose": Annotated[
        int,
        typer.Option("--verbose", "-v", count=True, show_default=False, help="Show the log; -vv shows more."),
    ],
    "debug": Annotated[bool, typer.Option("--debug", help="Show tracebacks of failures.")],
    "library": Annotated[
        str | None,
        typer.Option("--library", metavar="FOLDER", help="Use the library in this folder."),
    ],
    "offline": Annotated[bool, typer.Option("--offline", help="Never open a network connection.")],
    "read_only": Annotated[
        bool, typer.Option("--read-only", help="Refuse whatever would change the library.")
    ],
    "log_format": Annotated[
        str,
        typer.Option(
            "--log-format",
            metavar="FORMAT",
            show_default=False,
            callback=_check_log_format,
            help="Show the log as text or json, or as gcp for Cloud Logging.",
        ),
    ],
    "color": Annotated[
        str,
        typer.Option("--color", metavar="WHEN", callback=_check_color, help="auto, always or never."),
    ],
}
for _annotated in _COMMON.values():
    _annotated.__metadata__[0].rich_help_panel = COMMON


class Command(NamedTuple):  # a dataclass would take every command longer to make
    """A command of the program: its name within its group, and the function that Typer sees the options of."""

    name: str
    run: Callable[..., None]
    epilog: str | None
    brief: tuple[str, ...] = ()


def command(
    name: str, examples: Sequence[str], brief: Sequence[str] = ()
) -> Callable[[Callable[..., None]], Command]:
    """Make ``function(session, ...)`` the command ``name`` of the folder it stands in, with the common options.

    A parameter that is a dataclass stands for one option for each of its fields, annotated as options are.
    ``examples`` are shown in the help and in docs/commands.md; a test runs their parser. ``brief`` names the options
    that the short help (-h) lists first. A dataclass may say with ``PANEL`` under which heading its options stand.
    """

    def make(function: Callable[..., None]) -> Command:
        stated = list(inspect.signature(function, eval_str=True).parameters.values())[1:]
        own = {p.name for p in stated}  # a command's own --color is of pictures, not of the terminal
        groups: dict[str, Any] = {p.name: p.annotation for p in stated if is_dataclass(p.annotation)}

        @functools.wraps(function)
        def run(ctx: typer.Context, **values: Any) -> None:
            session: Session = ctx.obj
            chosen = CommonOptions(**{key: values.pop(key) for key in _COMMON if key not in own})
            for group_name, group in groups.items():
                values[group_name] = group(**{f.name: values.pop(f.name) for f in fields(group)})
            session.start(" ".join(ctx.command_path.split()[1:]), chosen)
            # Typer answers these two itself, by ending the process; the root has statuses for them.
            try:
                function(session, **values)
            except BrokenPipeError as error:
                raise PipeClosed from error
            except KeyboardInterrupt as error:
                raise interrupted(session.out.command) from error

        signature = _signature(stated)
        del run.__wrapped__  # else inspect would look through to function
        run.__signature__ = signature  # type: ignore[attr-defined]
        run.__annotations__ = {p.name: p.annotation for p in signature.parameters.values()}
        return Command(name, run, "Examples:\n\n" + "\n\n".join(examples), tuple(brief))

    return make


def _signature(stated: Sequence[inspect.Parameter]) -> inspect.Signature:
    """What Typer sees: the context, the options with those of groups in their place, the common options."""
    own: list[inspect.Parameter] = []
    for parameter in stated:
        group: Any = parameter.annotation
        if is_dataclass(parameter.annotation):
            own += option_parameters(group)
        else:
            own.append(parameter)
    defaults = {f.name: f.default for f in fields(CommonOptions)}
    common = [
        inspect.Parameter(key, inspect.Parameter.KEYWORD_ONLY, default=defaults[key], annotation=annotation)
        for key, annotation in _COMMON.items()
        if key not in {p.name for p in own}
    ]
    context = inspect.Parameter("ctx", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)
    keyword_only = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own]
    return inspect.Signature([context, *keyword_only, *common])


@functools.cache
def option_parameters(group: type) -> tuple[inspect.Parameter, ...]:
    """The fields of a dataclass, which are annotated as options are, as parameters."""
    hints = get_type_hints(group, include_extras=True)
    panel = getattr(group, "PANEL", None)
    return tuple(
        inspect.Parameter(
            f.name, inspect.Parameter.KEYWORD_ONLY, default=f.default, annotation=_under(hints[f.name], panel)
        )
        for f in fields(group)
    )


def _under(annotation: Any, panel: str | None) -> Any:
    """``annotation`` with its option under the heading ``panel`` unless it has one. A copy: groups share options, and
    the heading of one is not another's."""
    option = copy.copy(annotation.__metadata__[0])
    option.rich_help_panel = option.rich_help_panel or panel
    return Annotated[(annotation.__origin__, option, *annotation.__metadata__[1:])]
