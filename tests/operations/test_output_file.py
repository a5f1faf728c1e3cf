"""Output files of processes in the background: short, and whole up to the last line before a crash."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from audobon_cli.engines.background import start_in_background
from audobon_cli.operations.log_file import KEPT_FILES, LOG_BYTES, rotated
from audobon_cli.operations.output_file import OUTPUT_FILE, OutputFile, keep_rotated
from tests.fault_injection import child_environment
from tests.waiting import PATIENCE_SECONDS, until

WRITER = """
import os, sys
from pathlib import Path
from audobon_cli.operations.output_file import OutputFile
output = OutputFile.of(Path(sys.argv[1]), most_bytes=2000)
assert output.descriptors == (1, 2)
for number in range(int(sys.argv[3])):
    print(sys.argv[2], number, flush=True)
    if number % 7 == 0:
        output.look()
os.write(2, f"{sys.argv[2]} crashes\\n".encode())
os.abort()
"""


def write(file: Path, name: str, lines: int) -> "subprocess.Popen[bytes]":
    with file.open("ab") as output:
        command = [sys.executable, "-c", WRITER, str(file), name, str(lines)]
        return subprocess.Popen(command, stdout=output, stderr=output, env=child_environment())


@pytest.mark.posix
def test_no_line_is_lost_by_rotating_under_two_that_crash(tmp_path: Path) -> None:
    file = tmp_path / "queue.log"
    both = [write(file, name, 400) for name in ("one", "two")]
    assert all(one.wait(PATIENCE_SECONDS) < 0 for one in both)
    files = [path for path in rotated(file) if path.exists()]
    assert 1 < len(files) <= KEPT_FILES + 1
    lines = "".join(path.read_text() for path in reversed(files)).splitlines()
    for name in ("one", "two"):
        own = [line.removeprefix(f"{name} ") for line in lines if line.startswith(name)]
        assert own[-1] == "crashes"
        # What is left of the older files is without a gap up to the end.
        numbers = sorted(int(text) for text in own[:-1])
        assert numbers == [*range(numbers[0], 400)]
    assert sum(path.stat().st_size for path in files) < 4 * 3000


def test_output_that_goes_elsewhere_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "studio.log"
    assert OutputFile.of(file) is None
    file.write_text("another's\n")
    assert OutputFile.of(file) is None
    monkeypatch.setenv(OUTPUT_FILE, str(file))
    keep_rotated()
    assert OUTPUT_FILE not in os.environ  # its children have an output of their own
    assert file.read_text() == "another's\n"


def test_a_long_file_is_rotated_before_a_process_adds_to_it(tmp_path: Path) -> None:
    file = tmp_path / "monitor.log"
    file.write_bytes(b"x" * LOG_BYTES + b"y")
    words = ("-c", f"import os; print(os.environ[{OUTPUT_FILE!r}])")
    start_in_background(words, file, program=(sys.executable,))
    until(lambda: file.exists() and file.read_text() == f"{file}\n")
    assert (tmp_path / "monitor.log.1").stat().st_size == LOG_BYTES + 1
    assert file.stat().st_mode & 0o077 == 0
