"""What is written where the encoding does not know every character."""

import json
import os
import subprocess
import sys

import pytest

from tests.fault_injection import child_environment


def run(*argv: str, **environment: str) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        [sys.executable, "-m", "audobon_cli", *argv],
        capture_output=True,
        check=False,
        env={**child_environment(), **environment},
    )


@pytest.mark.parametrize("encoding", ["cp1252", "cp437", "ascii", "latin-1"])
def test_a_code_page_that_lacks_a_character_fails_no_command(encoding: str) -> None:
    ran = run("assets", "list", "--library", "Ягнёнок 🐑", "--json", PYTHONIOENCODING=encoding)
    assert ran.returncode == 10, ran
    assert "Ягнёнок 🐑" in json.loads(ran.stdout.decode(encoding))["error"]["message"]
    for argv in (("--help",), ("presets", "list"), ("generate", "--help"), ("help", "queries")):
        ran = run(*argv, PYTHONIOENCODING=encoding)
        assert ran.returncode == 0, ran.stderr


def test_errors_name_files_that_the_code_page_cannot_write() -> None:
    ran = run("assets", "import", "Ягнёнок.png", PYTHONIOENCODING="cp1252")
    assert ran.returncode not in (0, 1), ran
    assert b"\\u042f" in ran.stderr


def test_on_windows_pipes_get_utf8_whatever_the_code_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python takes the code page for pipes there; here the C locale stands in for it."""
    code = (
        "import io, sys\n"
        "sys.stdout = io.TextIOWrapper(sys.stdout.buffer, encoding='cp437')\n"
        "from audobon_cli.platforms.windows import WindowsPlatform\n"
        "WindowsPlatform().prepare_streams()\n"
        "print('Ягнёнок → 🐑')"
    )
    environment = {
        name: value for name, value in os.environ.items() if name not in ("PYTHONUTF8", "PYTHONIOENCODING")
    }
    environment["PYTHONPATH"] = child_environment()["PYTHONPATH"]
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, env=environment)
    assert ran.stdout.decode("utf-8").strip() == "Ягнёнок → 🐑"
