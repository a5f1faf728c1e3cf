"""Pages of help as text: of a command in short and in full, of a group, of the program."""

import shutil
import sys
import textwrap
from collections.abc import Iterable, Sequence

from audobon_cli.cli import SECTIONS
from audobon_cli.cli.grammar.descriptions import COMMON, CommandHelp, OptionHelp, descriptions, summary

SHORT_LINES = 25
"""As many lines a short page has at most: a terminal of 24 lines shows nearly all of it."""
COLUMN = 26
"""Where the help of an option begins."""
NARROWEST, WIDEST = 40, 100

INTRODUCTION = """\
Make game art from text, on your own machine, and lose none of it.

  audobon generate "cute dragon"          draw a picture: no GPU, no network
  audobon assets list                     what you have made
  audobon sprite upscale cute_dragon -x 4 make it bigger
  audobon undo                            take back the last change
"""
LEARN_MORE = "audobon help COMMAND explains one; audobon help tasks lists ten things to do."


def page_width() -> int:
    """Columns of the terminal, within reason; 80 where there is none."""
    columns = shutil.get_terminal_size().columns if sys.stdout.isatty() else 80
    return max(NARROWEST, min(WIDEST, columns))


def root_page(width: int, full: bool) -> str:
    """The program: what it is, and its commands by what they are for; ``full``: a line for each of them."""
    lines = [*INTRODUCTION.splitlines(), ""]
    known = descriptions()
    for title, commands in SECTIONS.items():
        names = [name for name in commands if name in known]
        if full:
            rows = [(name, summary(known[name]["text"])) for name in names]
            lines += [f"{title}:", *_rows(rows, width, 14), ""]
        else:
            lines.append(f"{title:<9}{'  '.join(names)}")
    lines += [] if full else [""]
    return "\n".join([*lines, *textwrap.wrap(LEARN_MORE, width)])


def group_page(path: str, group: CommandHelp, width: int) -> str:
    """A group: a line for each of its commands."""
    known = descriptions()
    rows = [(name, summary(known.get(f"{path} {name}", {"text": ""})["text"])) for name in group["commands"]]
    widest = max((len(name) for name, _ in rows), default=0)
    return "\n".join(
        [
            f"audobon {path} COMMAND",
            "",
            *textwrap.wrap(group["text"].partition("\n")[0], width),
            "",
            "Commands:",
            *_rows(rows, width, widest + 4),
            "",
            f"audobon {path} COMMAND -h is a page of help in short, --help in full.",
        ]
    )


def command_page(path: str, command: CommandHelp, width: int, full: bool) -> str:
    """A command; in short at most SHORT_LINES lines, with the options that are used most."""
    usage = " ".join(["audobon", path, *(one["name"] for one in command["arguments"]), "[OPTIONS]"])
    if full:
        return "\n".join(
            [usage, "", *_full(command, width), *_examples(command["examples"], len(command["examples"]))]
        )
    lines = [usage, "", *textwrap.wrap(command["text"].partition("\n")[0], width), ""]
    examples = _examples(command["examples"], 3)
    room = SHORT_LINES - len(lines) - len(examples) - 2
    rows = [(one["name"].strip("[]"), one["help"]) for one in command["arguments"]]
    rows += [(_left(option), _right(option)) for option in _most_used(command)]
    shown: list[str] = []
    for row in rows:
        made = _rows([row], width, COLUMN)
        if len(shown) + len(made) > room:
            break
        shown += made
    more = f"All {len(command['options'])} options: audobon {path} --help"
    return "\n".join([*lines, *shown, *examples, "", more])


def _most_used(command: CommandHelp) -> list[OptionHelp]:
    """The options as they stand, those that the command calls the most used ones first, the common ones left out."""
    own = [option for option in command["options"] if option["panel"] != COMMON]
    brief = command.get("brief", [])
    first = [option for name in brief for option in own if name in option["names"]]
    return [*first, *(option for option in own if option not in first)]


def _full(command: CommandHelp, width: int) -> list[str]:
    lines: list[str] = []
    for paragraph in command["text"].split("\n\n"):
        lines += [*textwrap.wrap(" ".join(paragraph.split()), width, break_on_hyphens=False), ""]
    if command["arguments"]:
        rows = [(one["name"].strip("[]"), one["help"]) for one in command["arguments"]]
        lines += ["Arguments:", *_rows(rows, width, COLUMN), ""]
    for panel in dict.fromkeys(option["panel"] for option in command["options"]):
        rows = [(_left(option), _right(option)) for option in command["options"] if option["panel"] == panel]
        rows += [("-h, --help", "Show help: -h in short, --help in full.")] if panel == COMMON else []
        lines += [f"{panel}:", *_rows(rows, width, COLUMN), ""]
    return lines[:-1]


def _examples(examples: Sequence[str], most: int) -> list[str]:
    """Examples as they are copied: never broken, whatever the width."""
    return ["", "Examples:", *(f"  {line}" for line in examples[:most])] if examples else []


def _left(option: OptionHelp) -> str:
    names = option["names"]
    short = "" if len(names[0].split("/")[0]) == 2 or len(names) > 1 else "    "
    return f"{short}{', '.join(names)} {option['value']}".rstrip()


def _right(option: OptionHelp) -> str:
    default = f" [default:\u00a0{option['default']}]" if "default" in option else ""
    choices = option.get("choices")
    listed = f" One of {', '.join(choices)}." if choices and "|" not in option["value"] else ""
    return f"{option['help']}{listed}{default}"


def _rows(rows: Iterable[tuple[str, str]], width: int, column: int) -> list[str]:
    """Two columns; what is too long for the left one has a line of its own."""
    lines = []
    for left, right in rows:
        wrapped = textwrap.wrap(right, max(20, width - column), break_on_hyphens=False) or [""]
        head = f"  {left}"
        if len(head) > column - 2:
            lines.append(head)
        else:
            wrapped[0] = f"{head:<{column}}{wrapped[0]}"
            lines.append(wrapped.pop(0))
        lines += [f"{'':<{column}}{line}" for line in wrapped]
    return [line.rstrip().replace("\u00a0", " ") for line in lines]
