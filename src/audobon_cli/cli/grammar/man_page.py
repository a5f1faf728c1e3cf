"""Pages of the manual, from the same descriptions as the help: one of the program, one of each command or group."""

from collections.abc import Iterator, Sequence

from audobon_cli.cli import SECTIONS
from audobon_cli.cli.grammar.descriptions import (
    COMMON,
    CommandHelp,
    OptionHelp,
    described,
    descriptions,
    summary,
)

PROGRAM = "audobon"


def man_pages() -> dict[str, str]:
    """The pages by file name: ``audobon.1``, ``audobon-assets.1`` …"""
    known = descriptions()
    pages = {f"{PROGRAM}.1": _program(known)}
    for name in known[""]["commands"]:
        found = described(name)
        assert found is not None
        pages[f"{PROGRAM}-{name}.1"] = _group(name, found) if "commands" in found else _command(name, found)
    return pages


def _program(known: dict[str, CommandHelp]) -> str:
    lines = [
        *_head(PROGRAM, summary(known[""]["text"])),
        ".SH SYNOPSIS",
        _bold(f"{PROGRAM} COMMAND"),
        ".SH COMMANDS",
    ]
    for title, names in SECTIONS.items():
        lines.append(f".SS {_text(title)}")
        for name in names:
            lines += [".TP", f".BR {PROGRAM}\\-{_text(name)} (1)", _text(summary(known[name]["text"]))]
    lines += [".SH COMMON OPTIONS", *_options(known[COMMON]["options"])]
    return _page(lines)


def _group(name: str, group: CommandHelp) -> str:
    lines = [
        *_head(f"{PROGRAM}-{name}", summary(group["text"])),
        ".SH SYNOPSIS",
        _bold(f"{PROGRAM} {name} COMMAND"),
    ]
    lines.append(".SH COMMANDS")
    for path, command in _commands_below(name, group):
        lines += [f".SS {_text(f'{PROGRAM} {path}')}", *_body(path, command)]
    return _page([*lines, *_see_also()])


def _command(name: str, command: CommandHelp) -> str:
    lines = [*_head(f"{PROGRAM}-{name}", summary(command["text"])), ".SH DESCRIPTION", *_body(name, command)]
    return _page([*lines, *_see_also()])


def _commands_below(path: str, group: CommandHelp) -> Iterator[tuple[str, CommandHelp]]:
    known = descriptions()
    for name in group["commands"]:
        inner = known[f"{path} {name}"]
        if "commands" in inner:
            yield from _commands_below(f"{path} {name}", inner)
        else:
            yield f"{path} {name}", inner


def _body(path: str, command: CommandHelp) -> list[str]:
    usage = " ".join([PROGRAM, path, *(one["name"] for one in command["arguments"]), "[OPTIONS]"])
    lines = [_bold(usage)]
    for paragraph in command["text"].split("\n\n"):
        lines += [".PP", _text(" ".join(paragraph.split()))]
    for one in command["arguments"]:
        lines += [".TP", f".I {_text(one['name'])}", _text(one["help"])]
    lines += _options([option for option in command["options"] if option["panel"] != COMMON])
    if command["examples"]:
        lines += [".PP", "Examples:", ".EX", *(_text(f"  {line}") for line in command["examples"]), ".EE"]
    return lines


def _options(options: Sequence[OptionHelp]) -> list[str]:
    lines = []
    for option in options:
        names = ", ".join(f"\\fB{_text(name)}\\fR" for name in option["names"])
        value = f" \\fI{_text(option['value'])}\\fR" if option["value"] else ""
        lines += [".TP", f"{names}{value}", _text(option["help"])]
    return lines


def _head(title: str, about: str) -> list[str]:
    return [
        '.\\" Made by `python -m audobon_cli.cli.reference docs`; do not edit.',
        f'.TH {_text(title.upper())} 1 "" "audobon" "Audobon"',
        ".SH NAME",
        f"{_text(title)} \\- {_text(about[0].lower() + about[1:])}",
    ]


def _see_also() -> list[str]:
    return [".SH SEE ALSO", f".BR {PROGRAM} (1)", "has the options that every command takes."]


def _page(lines: list[str]) -> str:
    return "\n".join(lines) + "\n"


def _bold(text: str) -> str:
    return f"\\fB{_text(text)}\\fR"


def _text(text: str) -> str:
    """Text that roff takes for text: no commands in it, and dashes that can be copied."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("`", "\\(ga")
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped
