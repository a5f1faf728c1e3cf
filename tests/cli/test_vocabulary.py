"""Old words and those of other programs lead to the commands and options of today."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from audobon_cli.cli.grammar import vocabulary
from audobon_cli.cli.main import app
from audobon_cli.cli.reference import commands
from tests.conftest import Audobon

OLD_OPTIONS = [(name, old, new) for name, pairs in vocabulary.OPTIONS.items() for old, new in pairs.items()]


def found(path: str) -> Any:
    """The command or group ``path`` of the tree."""
    command: Any = typer.main.get_command(app)
    for word in path.split():
        command = command.commands[word]
    return command


def options_of(path: str) -> dict[str, Any]:
    """Its options by name."""
    return {name: param for param in found(path).params for name in param.opts}


@pytest.mark.parametrize(("old", "new"), [*vocabulary.MOVED.items(), *vocabulary.SYNONYMS.items()])
def test_every_other_word_leads_to_a_command(old: str, new: str) -> None:
    typed = vocabulary.in_new_words([*old.split(), "--json", "--", "help"])
    assert typed.argv == [*new.split(), "--json", "--", "help"]
    assert (
        typed.said
        == f"`audobon {old.partition(' --')[0] if old in vocabulary.SYNONYMS else old}` is now `audobon {new}`."
    )
    assert found(new).help
    with pytest.raises(KeyError):
        found(old.partition(" --")[0])


@pytest.mark.parametrize(("name", "old", "new"), OLD_OPTIONS)
def test_every_old_option_means_the_new_one(name: str, old: str, new: str) -> None:
    options = options_of(name)
    if not new.startswith("-"):
        assert options[old].hidden
        assert found(new).help
        return
    assert old not in options, "it is not in the help"
    option = options[new]
    number = option.type.name.startswith(("int", "float"))
    value = [] if option.is_flag else ["5" if number or name.startswith("queue") else "ours"]
    command = found(name)
    given = [
        command.make_context(f"audobon {name}", [flag, *value, *_needed(name)]).params for flag in (old, new)
    ]
    assert given[0] == given[1]
    if not option.required:
        assert given[0] != command.make_context(f"audobon {name}", _needed(name)).params


def _needed(name: str) -> list[str]:
    """Words for the arguments that the command cannot do without, and its other required options."""
    words: list[str] = []
    for param in found(name).params:
        if param.required and param.param_type_name == "argument":
            words.append("x")
        elif param.required and not {"--message", "--category"} & set(param.opts):
            words += [param.opts[0], "x"]
    return words


def test_renamed_commands_keep_their_name_in_json(audobon: Audobon) -> None:
    for old, new in (
        ("assets gc", "assets prune"),
        ("queue clear", "queue prune"),
        ("version gc", "version prune"),
    ):
        for words in (old, new):
            ran = audobon(*words.split(), "--json")
            assert (ran.json["command"], ran.json["name"]) == (old, new)
            assert ran.err == ""
    assert "name" not in audobon("assets", "list", "--json").json
    assert (
        audobon("warm", "--json").json["command"]
        == audobon("models", "warm", "stop", "--json").json["command"]
    )


def test_scripts_are_told_nothing(audobon: Audobon) -> None:
    audobon("generate", "cat", "--seed", "1")
    ran = audobon("assets", "rm", "cat")
    assert "is now" not in ran.err
    assert ran.status == 0
    assert audobon("assets", "trash", "--list", "--json").data["assets"][0]["name"] == "cat"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("ls",), "`audobon ls` is now `audobon assets list`."),
        (("warm", "--stop"), "`audobon warm --stop` is now `audobon models warm stop`."),
        (("assets", "export", "--to", "x", "--dry-run"), "--to is now --out."),
    ],
)
def test_a_terminal_is_told_the_new_word(words: tuple[str, ...], said: str, tmp_path: Path) -> None:
    pty = pytest.importorskip("pty", reason="of what only POSIX has")
    parent, child = pty.openpty()
    environment = {**os.environ, "HOME": str(tmp_path), "COLUMNS": "200", "TERM": "dumb"}
    subprocess.run([sys.executable, "-m", "audobon_cli", *words], stderr=child, env=environment, check=False)
    os.close(child)
    assert said in " ".join(os.read(parent, 20_000).decode().split())
    os.close(parent)


def test_help_in_a_group_is_help_of_it() -> None:
    for typed, meant in (
        ("assets help trash", "help assets trash"),
        ("asset help", "help assets"),
        ("backup key help add", "help backup key add"),
        ("generate help", "generate help"),
        ("assets search help", "assets search help"),
    ):
        assert vocabulary.in_new_words(typed.split()).argv == meant.split()


def test_no_option_has_two_meanings() -> None:
    """The words of which an old meaning went to a name of its own have the one that is left."""
    having = {
        option: {
            name.removeprefix("audobon ")
            for name, command in commands()
            for p in command.params
            if option in p.opts
        }
        for option in (
            "--to",
            "--limit",
            "--batch",
            "--strategy",
            "--at",
            "--after",
            "--only",
            "--from",
            "--key",
            "--force",
        )
    }
    assert having["--to"] == {"assets rename"}
    assert having["--only"] == {"generate", "sound make"}
    assert having["--batch"] == {"generate", "queue add", "sound make"}
    assert having["--strategy"] == {"generate", "queue add"}
    assert having["--after"] == {"assets list", "assets search"}
    assert having["--at"] == {"backup schedule"}
    assert having["--force"] == {"version branch"}
    assert having["--key"] == set()
