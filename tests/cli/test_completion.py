"""Completion: what is offered, and that bash, zsh and fish offer it."""

import os
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from audobon_cli.cli.grammar.candidates import ARGUMENTS, BY_NAME, KINDS, OPTIONS
from audobon_cli.cli.grammar.completion import SHELLS, VARIABLE, answer_shell, complete
from audobon_cli.cli.grammar.descriptions import COMMON, VALUES, descriptions
from tests.conftest import Audobon
from tests.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.usefixtures("fake_engine")


@pytest.fixture
def filled(audobon: Audobon) -> Audobon:
    """A library with three pictures, a tag, a category, a branch and something in the trash."""
    audobon("generate", "wizard", "red dragon", "oak", "--seed", "1")
    audobon("assets", "tag", "wizard", "--tag", "boss")
    audobon("assets", "rename", "red_dragon", "--to", "red dragon")
    audobon("assets", "move", "wizard", "--category", "characters/heroes")
    audobon("version", "commit", "-m", "first")
    audobon("version", "branch", "flat")
    audobon("assets", "trash", "oak")
    return audobon


def offered(line: str) -> list[str]:
    """What stands behind a TAB at the end of ``line``, which leaves out the program's name."""
    *words, current = line.split(" ")
    return [word for word, _ in complete(words, current)]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("gen", ["generate"]),
        ("assets sh", ["show"]),
        ("assets show wi", ["wizard"]),
        ("assets show r", ["red dragon"]),
        ("assets show ", ["red dragon", "wizard"]),
        ("assets export tag:b", ["tag:boss"]),
        ("assets list in:ch", ["in:characters/heroes"]),
        ("assets restore o", ["oak"]),
        ("assets show o", []),
        ("assets untag wizard --tag b", ["boss"]),
        ("rm wi", ["wizard"]),
        ("version switch f", ["flat"]),
        ("version merge f", ["flat"]),
        ("version branch m", ["main"]),
        ("generate x --quality u", ["ultra"]),
        ("generate x --style=pix", ["--style=pixel", "--style=pixel-art"]),
        ("generate x --provider rep", ["replicate"]),
        ("generate x --provider l", ["local"]),
        ("vram plan sdxl-t", ["sdxl-turbo"]),
        ("models remove s", ["sprite"]),
        ("assets list --sort ra", ["rating"]),
        ("assets list --lib", ["--library"]),
        ("queue command -- assets show w", ["wizard"]),
        ("queue command --needs 1 -- assets sho", ["show"]),
        ("completion z", ["zsh"]),
        ("presets show pixel-", ["pixel-art"]),
        ("assets frobnicate ", []),
        ("init ", []),
    ],
)
def test_what_is_offered(filled: Audobon, line: str, expected: list[str]) -> None:
    assert sorted(offered(line)) == sorted(expected)


def test_ids_complete_where_no_name_does(filled: Audobon) -> None:
    found = filled("assets", "show", "wizard", "--json").data["asset"]["id"]
    assert found in offered(f"assets show {found[:5]}")


def test_cards_and_repositories(filled: Audobon, tmp_path: Path) -> None:
    assert "RTX 3050 6GB" in [word for word, _ in complete(["vram", "plan", "sdxl", "--gpu"], "RTX 3050")]
    filled("backup", "init", str(tmp_path / "usb"), "--name", "usb", "--no-encryption")
    assert offered("backup list --repo u") == ["usb"]
    assert offered("backup list -d u") == ["usb"]


def test_another_library_may_be_named(filled: Audobon, tmp_path: Path) -> None:
    filled("init", str(tmp_path / "other"))
    assert offered(f"assets show --library {tmp_path / 'other'} w") == []
    assert offered(f"assets show --library {tmp_path / 'missing'} w") == []


def test_every_table_names_what_there_is() -> None:
    known = {path: one for path, one in descriptions().items() if path not in (COMMON, VALUES)}
    options = [*(one for command in known.values() for one in command.get("options", ()))]
    names = {name for option in options for name in option["names"]}
    assert set(OPTIONS) <= names
    assert set(ARGUMENTS) <= set(known)
    arguments = [
        one["name"].strip("[].") for command in known.values() for one in command.get("arguments", ())
    ]
    assert set(BY_NAME) <= {*arguments, *(option["value"] for option in options)}
    assert {*OPTIONS.values(), *ARGUMENTS.values(), *BY_NAME.values()} <= set(KINDS)


def test_a_library_that_cannot_be_read_offers_nothing(filled: Audobon) -> None:
    for database in Path.home().rglob("audobon.db"):
        database.write_bytes(b"no database")
    assert offered("assets show w") == []


@pytest.mark.parametrize("shell", SHELLS)
def test_the_command_prints_the_script(audobon: Audobon, shell: str) -> None:
    script = audobon("completion", shell).out
    assert script == (answer_shell({VARIABLE: f"source_{shell}"}) or ("", 0))[0]
    assert audobon("completion", shell, "--json").data["script"] == script
    assert "now `audobon completion`" not in audobon("--show-completion", shell).err
    if shell != "powershell" and shutil.which(shell):
        subprocess.run([shell, "-n"], input=script, text=True, check=True)


def test_powershell_is_answered_in_words_with_what_they_mean(filled: Audobon) -> None:
    """What its script sends and reads; PowerShell itself was not to be had."""
    asked = {VARIABLE: "complete_powershell", "_AUDOBON_ARGS": "audobon\nassets\nshow\nred"}
    assert (answer_shell(asked) or ("", 1))[0].split("\t")[0] == "red dragon"
    text, status = answer_shell({**asked, "_AUDOBON_ARGS": "audobon\nassets\nsho"}) or ("", 1)
    assert (text.split("\t")[0], status) == ("show", 0)
    everything = answer_shell({**asked, "_AUDOBON_ARGS": "audobon\n"}) or ("", 1)
    assert any(line.startswith("generate\t") for line in everything[0].splitlines())


def test_scripts_that_typer_installed_are_answered(filled: Audobon) -> None:
    asked = {VARIABLE: "complete_bash", "COMP_WORDS": "audobon\nassets\nshow\nwi", "COMP_CWORD": "3"}
    assert answer_shell(asked) == ("wizard\n", 0)
    zsh = answer_shell({VARIABLE: "complete_zsh", "_TYPER_COMPLETE_ARGS": "audobon assets sho"})
    assert zsh is not None
    assert zsh[0].startswith('_arguments \'*: :(("show"\\:')
    fish = {VARIABLE: "complete_fish", "_TYPER_COMPLETE_ARGS": "audobon assets sho"}
    assert (answer_shell(fish) or ("", 0))[0].startswith("show\tShow one asset")
    for words, status in (("audobon assets sho", 0), ("audobon init ", 1)):
        asked = {**fish, "_TYPER_COMPLETE_FISH_ACTION": "is-args", "_TYPER_COMPLETE_ARGS": words}
        assert answer_shell(asked) == ("", status)


@pytest.fixture
def shell_environment(filled: Audobon, tmp_path: Path) -> dict[str, str]:
    """The environment of a shell that finds the program, beside a library that has something."""
    program = tmp_path / "bin" / "audobon"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m audobon_cli "$@"\n')
    program.chmod(0o755)
    return {**os.environ, "PATH": f"{program.parent}:{os.environ['PATH']}", "TERM": "xterm", "HISTFILE": ""}


def typed(argv: list[str], environment: dict[str, str], lines: list[str], awaited: str) -> str:
    """What a shell on a terminal shows until ``awaited`` appears, when these two lines are typed into it: the second
    once the first has been answered with "ready"."""
    pty = pytest.importorskip("pty", reason="of what only POSIX has")
    child, parent = pty.fork()
    if child == 0:
        os.execvpe(argv[0], argv, environment)
    shown = ""
    try:
        for line, answer in zip(lines, ["ready", awaited], strict=True):
            os.write(parent, line.encode())
            deadline = time.monotonic() + PATIENCE_SECONDS / 2
            while answer not in shown and time.monotonic() < deadline:
                if select.select([parent], [], [], 0.2)[0]:
                    shown += os.read(parent, 4096).decode(errors="replace")
    finally:
        os.close(parent)
        os.kill(child, 9)
        os.waitpid(child, 0)
    return shown


@pytest.mark.parametrize(
    ("line", "completed"),
    [
        ("audobon assets show wiz", "audobon assets show wizard"),
        ("audobon assets show red", "audobon assets show red\\ dragon"),
        ('audobon assets show "red', 'audobon assets show "red dragon"'),
        ("audobon assets list tag:bo", "audobon assets list tag:boss"),
        ("audobon generate x --quality=ul", "audobon generate x --quality=ultra"),
    ],
)
def test_bash_completes(shell_environment: dict[str, str], line: str, completed: str) -> None:
    start = 'PS1="> "; bind "set bell-style none"; eval "$(audobon completion bash)"; echo rea""dy\n'
    shown = typed(["bash", "--norc", "--noprofile", "-i"], shell_environment, [start, f"{line}\t"], completed)
    assert completed in shown


@pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is not installed")
def test_zsh_completes(shell_environment: dict[str, str]) -> None:
    start = 'PS1="> "; autoload -U compinit; compinit -u -D; eval "$(audobon completion zsh)"; echo rea""dy\n'
    completed = "audobon assets show wizard"
    shown = typed(["zsh", "-f", "-i"], shell_environment, [start, "audobon assets show wiz\t"], completed)
    assert completed in shown


@pytest.mark.skipif(shutil.which("fish") is None, reason="fish is not installed")
def test_fish_completes(shell_environment: dict[str, str]) -> None:
    asked = 'audobon completion fish | source; complete -C "audobon assets show wiz"'
    ran = subprocess.run(
        ["fish", "--no-config", "-c", asked],
        env=shell_environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.split("\t")[0] == "wizard"


def test_a_tab_imports_no_parser_and_no_model_code() -> None:
    script = (
        "import os, sys; os.environ.update(_AUDOBON_COMPLETE='complete_bash', COMP_LINE='audobon assets show w')\n"
        "from audobon_cli.cli.start import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        "assert not {'typer', 'rich', 'numpy', 'torch', 'audobon_cli.cli.main'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], check=True, capture_output=True)
