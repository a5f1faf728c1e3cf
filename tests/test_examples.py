"""The examples run as they are, with a fake engine behind the same command."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def run_example(name: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    """Run an example in ``folder`` with an ``audobon`` on PATH that draws with the fake engine."""
    command = folder.parent / "bin" / "audobon"
    command.parent.mkdir(exist_ok=True)
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m tests.fakes.program 0 "$@"\n')
    command.chmod(0o755)
    environment = {
        **os.environ,
        "PATH": f"{command.parent}:{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
    }
    return subprocess.run(
        [ROOT / "examples" / name], cwd=folder, env=environment, capture_output=True, text=True, check=True
    )


def test_sprites_in_ci_makes_three_and_repeats_nothing(isolation: Path) -> None:
    for _ in range(2):
        ran = run_example("sprites_in_ci.sh", isolation)
        assert json.loads(ran.stdout.splitlines()[-1])["data"]["total"] == 3
    names = sorted(path.name for path in (isolation / "sprites" / "all").iterdir())
    assert names == ["a_red_apple.png", "a_wooden_shield.png", "an_iron_sword.png"]
