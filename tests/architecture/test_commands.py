"""The commands are read from the folders below ``cli``."""

import ast
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import typer

import audobon_cli.cli
from audobon_cli.cli.main import app

ROOT = Path(__file__).parents[2]
CLI = ROOT / "src" / "audobon_cli" / "cli"
FOLDERS = sorted(file.parent.name for file in CLI.glob("*/__init__.py"))
NO_COMMANDS = ("requests", "batches", "derivations", "grammar", "screen")
OF_COMMANDS = [name for name in FOLDERS if name not in NO_COMMANDS]
FILES = sorted(CLI.rglob("*.py"))
MADE_UP = '''"""``audobon {group} frobnicate``."""

from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session


@command("{name}", examples=["audobon frobnicate"])
def made_up(session: Session) -> None:
    """Frobnicate."""
    session.out.result({{"done": True}}, lambda: session.out.line("frobnicated"))
'''


def tree() -> Any:
    return typer.main.get_command(app).commands  # type: ignore[attr-defined]


@pytest.mark.parametrize("folder", OF_COMMANDS)
def test_what_a_folder_declares_is_there(folder: str) -> None:
    package = import_module(f"audobon_cli.cli.{folder}")
    assert hasattr(package, "GROUP") != hasattr(package, "TOP_LEVEL")
    group = getattr(package, "GROUP", None)
    commands = tree() if group is None else tree()[folder].commands
    declared = group or package.TOP_LEVEL
    assert len(set(declared)) == len(declared)
    for name in declared:
        assert commands[name].name == name
    for name, file in getattr(package, "FILES", {}).items():
        assert name in declared
        assert (CLI / folder / f"{file}.py").is_file()
    shown = tuple(name for name in commands if name in declared)
    assert shown == declared, "the help keeps the order"


def test_the_order_of_the_help_names_folders_that_are_there() -> None:
    assert set(audobon_cli.cli.FOLDERS) <= set(OF_COMMANDS)


def test_the_contract_of_independence_names_every_group() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    [independent] = [
        contract for contract in contracts if contract["name"] == "A group of commands knows no other"
    ]
    assert sorted(independent["modules"]) == [f"audobon_cli.cli.{name}" for name in OF_COMMANDS]


@pytest.mark.parametrize(
    ("name", "file"), [("frobnicate", "frobnicate"), ("de-frobnicate", "de_frobnicate"), ("del", "del_")]
)
def test_a_new_file_is_a_new_command(
    name: str, file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = import_module("audobon_cli.cli.config")
    (tmp_path / f"{file}.py").write_text(MADE_UP.format(group="config", name=name))
    monkeypatch.setattr(package, "__path__", [*package.__path__, str(tmp_path)])
    commands = tree()["config"].commands
    assert tuple(commands) == (*package.GROUP, name)
    assert commands[name].help == "Frobnicate."


def test_a_command_may_stand_in_the_file_of_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = import_module("audobon_cli.cli.config")
    (tmp_path / "twiddling.py").write_text(MADE_UP.format(group="config", name="twiddle"))
    monkeypatch.setattr(package, "__path__", [*package.__path__, str(tmp_path)])
    commands = tree()["config"].commands
    assert commands["twiddle"].help == "Frobnicate."
    assert "twiddling" not in commands


@pytest.mark.parametrize(
    ("name", "constant", "path"),
    [("gadgets", "GROUP", ("gadgets", "frobnicate")), ("singles", "TOP_LEVEL", ("frobnicate",))],
)
def test_a_new_folder_is_found(
    name: str, constant: str, path: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / name
    folder.mkdir()
    (folder / "__init__.py").write_text(f'"""Made up."""\n\n{constant} = ()\n')
    (folder / "frobnicate.py").write_text(MADE_UP.format(group=name, name="frobnicate"))
    monkeypatch.setattr(audobon_cli.cli, "__path__", [*audobon_cli.cli.__path__, str(tmp_path)])
    commands = tree()
    assert path[0] in tuple(commands)
    found = commands[path[0]]
    for word in path[1:]:
        assert found.help == "Made up."
        found = found.commands[word]
    assert found.help == "Frobnicate."


@pytest.mark.parametrize("name", ["views", "options", "__init__", "list.py", "..", "", "lists"])
def test_other_files_are_no_commands(name: str) -> None:
    assert name not in tree()["assets"].commands
    assert name not in tree()


@pytest.mark.parametrize("word", ["requests", "screen", "main", "system", "session"])
def test_other_modules_are_no_groups(word: str) -> None:
    assert word not in tree()


def test_a_command_imports_its_own_file_alone() -> None:
    script = (
        "import sys; from audobon_cli.cli.main import run; run(('assets', 'list')); "
        "print(*[name for name in sys.modules if name.startswith('audobon_cli.cli.assets.')])"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = {name.rpartition(".")[2] for name in ran.stdout.splitlines()[-1].split()}
    assert loaded == {"list", "options", "pages", "views"}


def test_one_file_alone_knows_what_the_parser_keeps_private() -> None:
    knowing = [
        path.relative_to(CLI).as_posix()
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("typer._")
    ]
    assert set(knowing) == {"grammar/usage_errors.py"}
