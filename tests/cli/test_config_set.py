"""Settings set from the command line: checked, in the right file, with its comments kept."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.conftest import Audobon

OWN = """# mine
model = "sprite"  # the built-in one

[budget]
# dollars
per_run = 1.5

[backup]
default = "usb"

[backup.destinations.usb]
address = "/mnt/usb"
"""


@pytest.fixture
def file(audobon: Audobon) -> Path:
    path = Path(audobon("config", "path", "settings").out.strip())
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def test_a_setting_is_set_got_and_unset(audobon: Audobon, file: Path) -> None:
    assert audobon("config", "set", "quality", "high").status == 0
    assert audobon("config", "get", "quality").out == "high\n"
    assert audobon("config", "get", "quality", "--json").data == {
        "key": "quality",
        "value": "high",
        "source": str(file),
    }
    assert audobon("config", "unset", "quality").status == 0
    assert audobon("config", "get", "quality").out == "optimized\n"
    assert audobon("config", "unset", "quality", "--json").data["removed"] is False


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_file_of_a_windows_editor_is_changed(audobon: Audobon, file: Path, encoding: str) -> None:
    file.write_bytes(OWN.replace("\n", "\r\n").encode(encoding))
    assert audobon("config", "set", "model", "sdxl").status == 0
    found = tomllib.loads(file.read_text(encoding="utf-8"))
    assert (found["model"], found["budget"]["per_run"]) == ("sdxl", 1.5)


def test_comments_and_other_lines_stay(audobon: Audobon, file: Path) -> None:
    file.write_text(OWN)
    audobon("config", "set", "model", "sdxl")
    audobon("config", "set", "budget.per_run", "2")
    audobon("config", "set", "offline", "yes")
    text = file.read_text()
    assert text.startswith('# mine\nmodel = "sdxl"  # the built-in one\n')
    assert "# dollars\nper_run = 2.0\n" in text
    assert tomllib.loads(text)["offline"] is True
    assert tomllib.loads(text)["backup"] == tomllib.loads(OWN)["backup"]
    assert audobon("config", "get", "budget_per_run").out == "2.0\n"
    audobon("config", "unset", "offline")
    audobon("config", "unset", "budget-per-run")
    assert tomllib.loads(file.read_text())["budget"] == {}
    assert "# mine" in file.read_text()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("set", "modle", "sdxl"), "did you mean model"),
        (("set", "retries", "many"), "must be of type int"),
        (("set", "budget.per_run", "nan"), "at most"),
        (("get", "nothing-like-it"), "`audobon config show` lists"),
    ],
)
def test_wrong_names_and_values_are_refused(
    audobon: Audobon, file: Path, words: tuple[str, ...], said: str
) -> None:
    ran = audobon("config", *words)
    assert ran.status != 0
    assert said in ran.err
    assert not file.exists()


def test_the_projects_file_and_what_goes_first(
    audobon: Audobon, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    audobon("config", "set", "quality", "draft", "--project")
    assert tomllib.loads(Path("audobon.toml").read_text()) == {"quality": "draft"}
    ran = audobon("config", "set", "quality", "high")
    assert "audobon.toml" in ran.err
    assert "goes first" in ran.err
    monkeypatch.setenv("AUDOBON_MODEL", "sd15")
    assert "AUDOBON_MODEL" in audobon("config", "set", "model", "sdxl").err


def test_a_damaged_file_is_not_written_over(audobon: Audobon, file: Path) -> None:
    file.write_text("model = ")
    assert audobon("config", "set", "model", "sdxl").status != 0
    assert file.read_text() == "model = "


@pytest.mark.parametrize("written", ['model = "sd15"', "model = "])
def test_an_editor_edits(audobon: Audobon, file: Path, tmp_path: Path, written: str) -> None:
    assert audobon("config", "edit").status == 2, "no editor is known"
    file.write_text('quality = "high"\n')
    editor = tmp_path / "editor"
    editor.write_text(f"#!/bin/sh\necho '{written}' > \"$1\"\n")
    editor.chmod(0o755)
    pty = pytest.importorskip("pty", reason="of what only POSIX has")
    parent, child = pty.openpty()
    ran = subprocess.run(
        [sys.executable, "-m", "audobon_cli", "config", "edit"],
        stdin=child,
        env={**os.environ, "EDITOR": str(editor)},
        capture_output=True,
        text=True,
        check=False,
    )
    os.close(child)
    os.close(parent)
    draft = file.with_name("settings.toml.draft")
    if written == "model = ":
        assert ran.returncode == 2, ran.stderr
        assert file.read_text() == 'quality = "high"\n'
        assert draft.read_text() == "model = \n"
    else:
        assert ran.returncode == 0, ran.stderr
        assert file.read_text() == 'model = "sd15"\n'
        assert not draft.exists()
