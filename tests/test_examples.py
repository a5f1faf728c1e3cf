"""The examples run as they are, with a fake engine behind the same command."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"


def run_example(folder: Path, *command_line: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Run an example in ``folder`` with an ``audobon`` on PATH that draws with the fake engine."""
    command = folder.parent / "bin" / "audobon"
    command.parent.mkdir(exist_ok=True)
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m tests.fakes.program 0 "$@"\n')
    command.chmod(0o755)
    environment = {
        **os.environ,
        **variables,
        "PATH": f"{command.parent}:{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
    }
    ran = subprocess.run(command_line, cwd=folder, env=environment, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return ran


def test_sprites_in_ci_makes_three_and_repeats_nothing(isolation: Path) -> None:
    for _ in range(2):
        ran = run_example(isolation, str(EXAMPLES / "sprites_in_ci.sh"))
        assert json.loads(ran.stdout.splitlines()[-1])["data"]["total"] == 3
    names = sorted(path.name for path in (isolation / "sprites" / "all").iterdir())
    assert names == ["a_red_apple.png", "a_wooden_shield.png", "an_iron_sword.png"]


def test_release_draws_checks_packs_commits_backs_up_and_proves_it(isolation: Path) -> None:
    sheets = []
    backup = isolation.parent / "backup"
    key = isolation.parent / "backup.key"
    run_example(isolation, "audobon", "backup", "init", str(backup), "--key-file", str(key))
    for _ in range(2):
        ran = run_example(isolation, str(EXAMPLES / "release.sh"), BACKUP=str(backup))
        data = json.loads(ran.stdout.splitlines()[-1])["data"]
        assert data["counts"]["identical"] == len(data["assets"]) == 9
        sheets.append((isolation / "atlas" / "items.png").read_bytes())
    assert sheets[0] == sheets[1]
    assert len(list((isolation / "sprites").glob("*.png"))) == 9
    assert (isolation / "sprites" / "shield.png").is_file()
    log = run_example(isolation, "audobon", "version", "log", "--json")
    assert len(json.loads(log.stdout)["data"]["commits"]) == 1
    restored = isolation.parent / "restored"
    run_example(isolation, "audobon", "backup", "restore", "--to", str(restored))
    found = run_example(
        isolation, "audobon", "assets", "search", "kind:sprite", "--library", str(restored), "--json"
    )
    assert json.loads(found.stdout)["data"]["total"] == 9


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_the_makefile_draws_what_changed(isolation: Path) -> None:
    for name in ("Makefile", "sprites.toml"):
        shutil.copy(EXAMPLES / name, isolation / name)
    shutil.copytree(EXAMPLES / "wildcards", isolation / "wildcards")
    assert "9 jobs: 0 in the library, 9 to be made." in run_example(isolation, "make", "plan").stdout
    run_example(isolation, "make")
    assert "up to date" in run_example(isolation, "make", "atlas/items.json").stdout
    with (isolation / "wildcards" / "metal.txt").open("a", encoding="utf-8") as file:
        file.write("silver\n")
    run_example(isolation, "make", "check", "reproduce")
    listed = run_example(isolation, "audobon", "assets", "search", "kind:sprite", "--json")
    assert json.loads(listed.stdout)["data"]["total"] == 11
