"""Children get no variables that steer git or the interpreter elsewhere, and no modules of the current folder."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import audobon_cli
from audobon_cli.storage.child_environment import child_environment

PACKAGE = Path(audobon_cli.__file__).parent
STARTING = {
    "Popen",
    "run",
    "call",
    "check_call",
    "check_output",
    "system",
    "popen",
    "execv",
    "execve",
    "spawnv",
}
ENVIRONMENTS = (
    "child_environment()",
    "child_environment(variables)",
    "child_environment(given)",
    "self._environment()",
    "environment",
)


def _starts(tree: ast.AST) -> list[ast.Call]:
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in ("subprocess", "os")
        and node.func.attr in STARTING
    ]


def test_every_process_is_begun_with_this_environment() -> None:
    found = {}
    for file in PACKAGE.rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        for call in _starts(ast.parse(text)):
            given = next((ast.unparse(word.value) for word in call.keywords if word.arg == "env"), "")
            found[f"{file.relative_to(PACKAGE)}: {given}"] = (
                given in ENVIRONMENTS and "child_environment" in text
            )
    assert found
    assert [place for place, is_ours in found.items() if not is_ours] == []


def test_what_steers_stays_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "GIT_DIR",
        "GIT_INDEX_FILE",
        "GIT_SSH_COMMAND",
        "GIT_CONFIG_COUNT",
        "PYTHONINSPECT",
        "PYTHONSTARTUP",
    ):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("GIT_AUTHOR_NAME", "a")
    monkeypatch.setenv("OTHER", "y")
    given = child_environment({"MORE": "z"})
    assert "GIT_AUTHOR_NAME" in given
    assert not {"GIT_DIR", "GIT_INDEX_FILE", "GIT_SSH_COMMAND", "GIT_CONFIG_COUNT"} & given.keys()
    assert (given["OTHER"], given["MORE"], given["PYTHONSAFEPATH"]) == ("y", "z", "1")
    assert not {"PYTHONINSPECT", "PYTHONSTARTUP"} & given.keys()


def test_a_queued_command_runs_no_module_of_the_folder(audobon, isolation: Path, tmp_path: Path) -> None:
    assert audobon("init").status == 0
    assert audobon("queue", "command", "assets", "list").status == 0
    mark = tmp_path / "ran"
    for name in ("typer", "apsw", "audobon_cli", "json"):
        (isolation / f"{name}.py").write_text(f"open({str(mark)!r}, 'a').write('x')\n")
    # An empty part would be the current folder.
    path = os.pathsep.join(filter(None, (str(PACKAGE.parent), os.environ.get("PYTHONPATH"))))
    # As the console script does: the folder of the program comes first, and not the current one.
    ran = subprocess.run(
        [sys.executable, "-P", "-m", "audobon_cli", "queue", "run", "--json"],
        env={
            **os.environ,
            "PYTHONPATH": path,
            "GIT_DIR": "/nowhere",
            "PYTHONINSPECT": "",
            "GIT_INDEX_FILE": "x",
        },
        capture_output=True,
        text=True,
        timeout=120,
        stdin=subprocess.DEVNULL,
    )
    assert ran.returncode == 0, ran.stderr
    assert not mark.exists()
    assert audobon("queue", "show", "1", "--json").data["job"]["state"] == "done"
