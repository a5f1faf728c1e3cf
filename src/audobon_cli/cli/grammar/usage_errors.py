"""What the parser says of a wrong command line, in one wording: what is wrong, what was probably meant, where help is.

Typer carries a copy of click and raises its errors, but exports only BadParameter of them: the others are taken from
the copy, here and nowhere else.
"""

import re
from typing import Any

from typer._click.exceptions import BadParameter, MissingParameter, NoSuchOption
from typer._click.exceptions import ClickException as ClickException
from typer._click.exceptions import NoArgsIsHelpError as NoArgsIsHelpError

OTHER_WORDS = {
    "date": "newest",
    "time": "newest",
    "new": "newest",
    "old": "oldest",
    "size": "largest",
    "stars": "rating",
    "waiting": "queued",
    "pending": "queued",
    "finished": "done",
    "ok": "done",
    "error": "failed",
    "best": "ultra",
}
"""Values that people try, and what they mean by them where that is a choice."""
_QUOTED = re.compile(r"'([^']*)'")
_OUTSIDE = re.compile(r"(\S+) is not in the range (.*)")
_NOT_A_NUMBER = re.compile(r"'(.*)' is not a valid (int|float)(?:eger)?\b")


def explain(error: ClickException) -> tuple[str, str]:
    """The message and the hint of a wrong command line."""
    context: Any = getattr(error, "ctx", None)
    path = context.command_path if context else "audobon"
    hint = f"see `{path} --help`"
    if isinstance(error, NoSuchOption):
        return _unknown_option(error, context), hint
    if isinstance(error, MissingParameter):
        return _missing(error), hint
    if isinstance(error, BadParameter):
        return _bad_value(error), hint
    return _unknown_command(error.format_message()), hint


def _unknown_option(error: NoSuchOption, context: Any) -> str:
    known = [name for one in context.command.params for name in one.opts] if context else []
    near = _nearest(error.option_name, [name for name in known if name.startswith("--")])
    return f"Unknown option {error.option_name}.{_asked(near)}"


def _unknown_command(message: str) -> str:
    found = re.match(r"No such command '(.*?)'\.\s*(.*)", message)
    if found is None:
        return message
    near = _QUOTED.findall(found[2])
    return f"Unknown command {found[1]}.{_asked(near[0] if near else '')}"


def _missing(error: MissingParameter) -> str:
    parameter = error.param
    if parameter is None or error.ctx is None:
        return error.format_message()
    kind = "argument" if parameter.param_type_name == "argument" else "option"
    name = _argument(parameter, error.ctx) if kind == "argument" else parameter.opts[0]
    return f"Missing {kind} {name}."


def _bad_value(error: BadParameter) -> str:
    parameter, said = error.param, error.message.rstrip(".")
    name = "" if parameter is None else parameter.opts[0]
    if parameter is not None and error.ctx is not None and parameter.param_type_name == "argument":
        name = _argument(parameter, error.ctx)
    value, choices = _choice(said)
    if choices:
        meant = OTHER_WORDS.get(value.lower(), "")
        near = meant if meant in choices else _nearest(value, choices)
        return f"{name} cannot be {value}.{_asked(near)} It is one of {', '.join(choices)}."
    number = _NOT_A_NUMBER.search(said)
    if number is not None:
        what = "a whole number" if number[2] == "int" else "a number"
        return f"{name} takes {what}, not {number[1]}."
    outside = _OUTSIDE.fullmatch(said)
    if outside is not None:
        return f"{name} takes {_range(outside[2])}, not {outside[1]}."
    return f"{name}: {said}." if name else f"{said}."


def _argument(parameter: Any, context: Any) -> str:
    """An argument as the help writes it: capitals, and no brackets."""
    return str(parameter.make_metavar(context)).strip("[].").upper()


def _range(words: str) -> str:
    """Click's ``x>=0`` and ``0<=x<=32`` in words."""
    numbers = re.findall(r"-?[\d.]+", words)
    if len(numbers) == 2:
        return f"{numbers[0]} to {numbers[1]}"
    return f"{numbers[0]} or {'more' if '>' in words else 'less'}"


def _choice(said: str) -> tuple[str, list[str]]:
    """The value and the choices of click's "'x' is not one of 'a', 'b'"."""
    value, found, choices = said.partition(" is not one of ")
    return value.strip("'"), _QUOTED.findall(choices) if found else []


def _nearest(word: str, known: list[str]) -> str:
    import difflib

    return next(iter(difflib.get_close_matches(word, known, n=1)), "")


def _asked(near: str) -> str:
    return f" Did you mean {near}?" if near else ""
