"""What the help says of every command: read from the parser, and kept in a file that is read without it.

``commands.json`` beside this file is made by `python -m audobon_cli.cli.reference docs`, and a test holds it to the
program. Help, completion and the manual come from it, so that none of them has to import a command.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any, TypedDict

from audobon_cli.cli.grammar.vocabulary import COMMON as COMMON

FILE = Path(__file__).with_name("commands.json")
VALUES = "Values"
"""Keys of the file that are no command."""
OTHERS = "Options"


class OptionHelp(TypedDict, total=False):
    """An option: its names, what its value is called ("" for a flag), and what it does."""

    names: list[str]
    value: str
    help: str
    default: str
    choices: list[str]
    panel: str


class ArgumentHelp(TypedDict):
    """An argument: what it is called, with brackets and dots, and what it is."""

    name: str
    help: str


class CommandHelp(TypedDict, total=False):
    """A command: its whole text, arguments, options and examples; or a group: its text and commands."""

    text: str
    arguments: list[ArgumentHelp]
    options: list[OptionHelp]
    brief: list[str]
    examples: list[str]
    commands: list[str]
    values: dict[str, list[str]]


@cache
def descriptions() -> dict[str, CommandHelp]:
    """Every command and group by its path ("" for the root), as the file has them; common options are under COMMON."""
    found: dict[str, CommandHelp] = json.loads(FILE.read_bytes()) if FILE.is_file() else {}
    return found


def shipped_values(kind: str) -> list[str]:
    """Names of presets, models or cards that ship with the program, as the file has them."""
    found: CommandHelp = descriptions().get(VALUES, {})
    return found.get("values", {}).get(kind, [])


def described(path: str) -> CommandHelp | None:
    """The command or group ``path``, with the common options; None if the file does not have it."""
    known = descriptions()
    found = known.get(path)
    if found is None or "commands" in found:
        return found
    return {**found, "options": [*found["options"], *known[COMMON]["options"]]}


def summary(text: str) -> str:
    """The first line of a help text, without its period."""
    return text.partition("\n")[0].removesuffix(".")


def describe(command: Any) -> CommandHelp:
    """What the parser's ``command`` says of itself, with the common options."""
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    options = [
        p for p in command.params if p.param_type_name == "option" and not p.hidden and p.name != "help"
    ]
    return {
        "text": command.help or "",
        "arguments": [{"name": _argument_name(p), "help": p.help or ""} for p in arguments],
        "options": [_option(p) for p in options],
        "brief": list(getattr(command, "brief", ())),
        "examples": [line for line in (command.epilog or "").split("\n\n") if line.startswith("audobon ")],
    }


def _option(param: Any) -> OptionHelp:
    short_first = sorted(param.opts, key=lambda name: name.startswith("--"))
    names = (
        [*short_first[:-1], f"{short_first[-1]}/{param.secondary_opts[0]}"]
        if param.secondary_opts
        else short_first
    )
    found: OptionHelp = {
        "names": names,
        "value": "" if param.is_flag or param.count else _value_name(param),
        "help": param.help or "",
        "panel": param.rich_help_panel or OTHERS,
    }
    choices = list(getattr(param.type, "choices", ()))
    if choices:
        found["choices"] = [str(getattr(one, "value", one)) for one in choices]
    default = getattr(param.default, "value", param.default)
    if param.show_default is not False and default not in (None, False, "", 0, ()) and not param.is_flag:
        found["default"] = f"{default:g}" if isinstance(default, float) else str(default)
    return found


def _value_name(param: Any) -> str:
    if param.metavar:
        return str(param.metavar)
    choices = getattr(param.type, "choices", None)
    if choices:
        joined = "|".join(str(getattr(one, "value", one)) for one in choices)
        if len(joined) <= 24:
            return joined
    kind = param.type.name
    if kind.startswith("int"):
        return "N"
    if kind.startswith("float"):
        return "NUMBER"
    named = (
        "--quality",
        "--style",
        "--model",
        "--scheduler",
        "--name",
        "--lane",
        "--upscale",
        "--sort",
        "--asset",
    )
    return "NAME" if any(name in named for name in param.opts) else "TEXT"


def _argument_name(param: Any) -> str:
    name = str(param.metavar or param.name.upper()).strip("[]").removesuffix("...").rstrip("]").strip("[]")
    if param.nargs == -1:
        name = f"{name.removesuffix('S')}..." if not name.startswith("--") else f"{name}..."
    return name if param.required else f"[{name}]"
