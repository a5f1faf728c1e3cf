"""The reference pages, made from the program itself: ``python -m audobon_cli.cli.reference docs``.

docs/commands.md, docs/man and what help and completion read come from the command tree, docs/renamed.md from the table
of renames, docs/errors.md from the error classes, docs/capabilities.md from the capability table, docs/packages.md from
the packages' docstrings; tests hold the files to what this module makes.
"""

import ast
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import typer

from audobon_cli.cli.grammar.descriptions import (
    COMMON,
    FILE,
    VALUES,
    CommandHelp,
    OptionHelp,
    describe,
    descriptions,
)
from audobon_cli.cli.grammar.man_page import man_pages
from audobon_cli.cli.grammar.vocabulary import MOVED, OPTIONS, SYNONYMS
from audobon_cli.cli.main import app
from audobon_cli.domain.capabilities import Option
from audobon_cli.domain.errors import error_classes
from audobon_cli.presets.catalog import Presets, shipped_presets
from audobon_cli.vram.plan import list_cards

SCHEDULERS = """\
A name says how steps are taken and on which levels: the class in presets/schedulers.toml, its algorithm and order, and
whether the levels are Karras', exponential, of the beta distribution, or none of them. Nothing of that stays from the
model's own scheduler. What the model was trained for always stays: its betas and time steps, what it predicts, whether
they end in noise alone (zero terminal SNR; in schedulers without that switch as betas of that kind), how time steps are
spaced and where they begin and end, thresholds, and for flow matching the shift, however the two schedulers call it.
Latents are never clipped. LCM and TCD take at most as many steps as they choose from, 50.

Single files of Stable Diffusion's layouts predict v where they say so (a tensor `v_pred`, with `ztsnr` for zero
terminal SNR, or `modelspec.prediction_type` in their metadata), else noise, whatever the model predicts that lends
the rest; those of Stable Diffusion 2 that say nothing follow the lender. Files with marks of EDM noise are refused.
"""

MADE_BY = "<!-- Made by `python -m audobon_cli.cli.reference docs`; do not edit. -->\n"
ROOT_NAME = "audobon"


def commands() -> Iterator[tuple[str, Any]]:
    """Every command with its full name, in the order of the help."""
    yield from _walk(ROOT_NAME, typer.main.get_command(app))


def _walk(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    children = getattr(command, "commands", None)
    if children is None:
        yield name, command
        return
    for child, sub in children.items():
        yield from _walk(f"{name} {child}", sub)


def examples(command: Any) -> list[str]:
    """The example command lines in a command's help."""
    return describe(command)["examples"]


def command_descriptions() -> dict[str, CommandHelp]:
    """What the help says of every command and group, by path; the common options once, under COMMON."""
    found: dict[str, CommandHelp] = {}
    _describe_all("", typer.main.get_command(app), found)
    first = next(one for one in found.values() if "options" in one)
    common: CommandHelp = {"text": "", "options": [one for one in first["options"] if one["panel"] == COMMON]}
    for one in found.values():
        if "options" in one:
            one["options"] = [option for option in one["options"] if option["panel"] != COMMON]
    return {COMMON: common, VALUES: {"values": _shipped_values()}, **found}


def _shipped_values() -> dict[str, list[str]]:
    """Names that completion offers and that ship with the program."""
    presets = Presets((("built-in", shipped_presets()),))
    return {
        "qualities": list(presets.qualities),
        "styles": list(presets.styles),
        "sizes": list(presets.sizes),
        "schedulers": sorted({name for names in presets.capabilities.schedulers.values() for name in names}),
        "models": list(presets.models),
        "providers": list(presets.providers),
        "cards": [card.full_name for card in list_cards(shipped_presets())],
    }


def _describe_all(path: str, command: Any, found: dict[str, CommandHelp]) -> None:
    children = getattr(command, "commands", None)
    if children is None:
        found[path] = describe(command)
        return
    found[path] = {"text": command.help or "", "commands": list(children)}
    for name, child in children.items():
        _describe_all(f"{path} {name}".strip(), child, found)


def commands_json() -> str:
    """The file that help and completion read in place of the commands."""
    return json.dumps(command_descriptions(), ensure_ascii=False, indent=0) + "\n"


def commands_page() -> str:
    """docs/commands.md."""
    parts = [MADE_BY, "# Commands\n"]
    found = command_descriptions()
    del found[VALUES]
    parts.append("Every command takes these options:\n")
    parts.append(_options(found.pop(COMMON)["options"]))
    for path, command in found.items():
        if "commands" in command:
            continue
        name = f"{ROOT_NAME} {path}"
        words = [one["name"] for one in command["arguments"]]
        parts.append(f"## `{name}`\n")
        parts.append(f"{command['text']}\n")
        parts.append(
            f"```\n{' '.join((name, *words, *(['[OPTIONS]'] if command['options'] else [])))}\n```\n"
        )
        if words:
            rows = [(one["name"], one["help"]) for one in command["arguments"]]
            parts.append(_table(("argument", "what it is"), rows))
        if command["options"]:
            parts.append(_options(command["options"]))
        if command["examples"]:
            parts.append("```bash\n" + "\n".join(command["examples"]) + "\n```\n")
    return "\n".join(parts)


def errors_page() -> str:
    """docs/errors.md."""
    rows = [(str(int(e.exit_status)), f"`{e.code}`", e.summary) for e in error_classes()]
    table = _table(("status", "code", "when"), rows)
    return (
        f"{MADE_BY}\n# Errors and exit statuses\n\n"
        "A command that did what it was asked ends with status 0. Any other ends with a line that states the\n"
        "fact, a hint with the next step, and one of the statuses below; with `--json` the code, the message,\n"
        "the hint and details are in `error`. Status families: 1 a bug, 2 usage, 3 partly done, 10-19 not\n"
        "found or wrong state, 20-29 integrity, 30-39 memory, disk or time, 40-49 provider, 50-59 conflict or\n"
        "lock, 130 interrupted, 141 stdout was closed by its reader. Codes and statuses never change meaning.\n\n"
        f"{table}"
    )


def capabilities_page() -> str:
    """docs/capabilities.md."""
    presets = Presets((("built-in", shipped_presets()),))
    table = presets.capabilities
    shown = [option for option in Option if table.families(option)]
    rows = [
        (family, *("yes" if table.honours(family, option) else "" for option in shown))
        for family in table.rows
    ]
    schedulers = [(family, ", ".join(names) or "its own only") for family, names in table.schedulers.items()]
    meanings = [(f"`{option.value}`", option.asked) for option in shown]
    notes = [
        (family.name, f"`{option}`", words)
        for family in presets.families.values()
        for option, words in family.notes.items()
    ]
    return "\n".join(
        (
            MADE_BY,
            "# Which model family honours which option\n",
            "Every mark is the result of an experiment: `python -m tests.capabilities` runs each option on a small\n"
            "pipeline of the family and looks whether the pixels obey. An option without a mark is refused before\n"
            "anything is loaded. `unknown` stands for pipelines that belong to no family listed here.\n",
            _table(("family", *(option.value for option in shown)), rows),
            "How an option is asked for:\n",
            _table(("option", "on the command line"), meanings),
            "The schedulers that `--scheduler` takes:\n",
            _table(("family", "schedulers"), schedulers),
            SCHEDULERS,
            *(("Notes:\n", _table(("family", "option", "note"), notes)) if notes else ()),
        )
    )


def renamed_page() -> str:
    """docs/renamed.md: every old word, and the new one."""
    options = [
        (f"`{name} {old}`", f"`{name} {new}`" if new.startswith("-") else f"`{new}`")
        for name, pairs in OPTIONS.items()
        for old, new in pairs.items()
    ]
    return "\n".join(
        (
            MADE_BY,
            "# Renamed\n",
            "Old names of commands and options go on working, so that no script breaks; a terminal is told the\n"
            "new ones. JSON keeps calling a command by the name that it came with (`command`), and has its new\n"
            "name besides (`name`).\n",
            _table(("old command", "now"), [(f"`{old}`", f"`{new}`") for old, new in MOVED.items()]),
            _table(("old option", "now"), options),
            "What people type who know other programs leads somewhere, too:\n",
            _table(("typed", "is"), [(f"`{old}`", f"`{new}`") for old, new in SYNONYMS.items()]),
        )
    )


def packages_page() -> str:
    """docs/packages.md: the first line of each package's docstring, indented as the folders are."""
    root = Path(__file__).parents[1]
    lines = []
    for file in sorted(root.rglob("__init__.py"), key=lambda file: file.parent.parts):
        folders = file.parent.relative_to(root).parts
        words = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
        if folders:
            lines.append(f"{'  ' * (len(folders) - 1)}- `{folders[-1]}/`: {words.splitlines()[0]}")
    return (
        f"{MADE_BY}\n# Packages\n\n"
        "Every package below `src/audobon_cli/` in a line: the first of its docstring, where more is said. The\n"
        "floors on which they stand are in [architecture.md](architecture.md).\n\n" + "\n".join(lines) + "\n"
    )


def _options(options: list[OptionHelp]) -> str:
    rows = []
    for option in options:
        names = ", ".join(f"`{name}`" for name in option["names"])
        value = f" `{option['value']}`" if option["value"] else ""
        rows.append((f"{names}{value}", option["help"]))
    return _table(("option", "what it does"), rows)


def _table(headings: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [headings, tuple("---" for _ in headings), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


def write(folder: Path) -> None:
    """Write all pages into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    FILE.write_text(commands_json(), encoding="utf-8")
    descriptions.cache_clear()
    manual = folder / "man"
    manual.mkdir(exist_ok=True)
    for name, page in man_pages().items():
        (manual / name).write_text(page, encoding="utf-8")
    (folder / "commands.md").write_text(commands_page(), encoding="utf-8")
    (folder / "capabilities.md").write_text(capabilities_page(), encoding="utf-8")
    (folder / "errors.md").write_text(errors_page(), encoding="utf-8")
    (folder / "renamed.md").write_text(renamed_page(), encoding="utf-8")
    (folder / "packages.md").write_text(packages_page(), encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
