"""Full and read-only disks: what is there can be read, taken elsewhere and backed up; what fails leaves nothing."""

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from audobon_cli.storage.file_locks import exclusive_lock
from tests.fault_injection import (
    child_environment,
    needs_mounts,
    obeying_modes,
    run_mounted,
)
from tests.foreign.readers import picture
from tests.waiting import PATIENCE_SECONDS

READING = (
    "assets list", "assets search fox", "assets show good", "assets tree good", "assets stats", "assets similar good",
    "assets duplicates --near", "assets search palette:#285a14", "assets verify", "assets thumbnails", "version log",
    "version status", "version show HEAD", "version diff", "version branch", "version tag", "version verify",
    "queue list", "queue status", "queue show 1", "backup list -d {}/repo", "backup show latest -d {}/repo",
    "backup verify -d {}/repo", "backup diff latest latest -d {}/repo", "backup status -d {}/repo",
    "backup create --dry-run -d {}/repo", "backup prune --dry-run --keep-last 1 -d {}/repo",
    "backup key list -d {}/repo", "models list", "usage", "config show", "doctor", "sprite check good.png",
    # Out of there.
    "assets export good --to {out}/x/", "version export-git --plain {out}/git",
    "backup init {out}/new --no-encryption", "backup create -d {out}/new", "backup verify -d {out}/new --read-data",
    "backup restore -d {}/repo --to {out}/restored -y",
    "assets verify --library {out}/restored",
)  # fmt: skip
SETTING_UP = (
    "init", "assets import good.png", "version commit -m one", "version tag v1", "queue add fox --quality draft",
    "backup init {}/repo --no-encryption", "backup create -d {}/repo",
)  # fmt: skip
CODE = """
import json, os, sys
from audobon_cli.cli.main import run
disk, out, home, lines = sys.argv[1], sys.argv[2], sys.argv[3], json.loads(sys.argv[4])
os.environ.update(HOME=home, NO_COLOR="1")
os.chdir(disk)
sys.stdout, said = open(os.devnull, "w"), sys.stdout
found = {line: run(line.replace("{}", disk).replace("{out}", out).split()) for line in lines}
print(json.dumps(found), file=said)
"""


def _prepared(disk: Path, home: Path) -> None:
    """A library with a picture, a commit, a job and a backup."""
    (disk / "good.png").write_bytes(picture("PNG"))
    (disk / "killed.py").write_text(KILLED)
    words = [sys.executable, "-c", CODE, str(disk), str(disk), str(home), json.dumps(SETTING_UP)]
    done = subprocess.run(
        words, capture_output=True, text=True, env=child_environment(), timeout=PATIENCE_SECONDS
    )
    assert set(json.loads(done.stdout).values()) == {0}, done


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    folder = tmp_path / "disk"
    folder.mkdir()
    (tmp_path / "prepared").mkdir()
    _prepared(folder, tmp_path / "prepared")
    (tmp_path / "out").mkdir()
    return folder


KILLED = """
import apsw, os
connection = apsw.Connection("/mnt/.audobon/audobon.db")
connection.execute("UPDATE assets SET note = 'told'")
os._exit(0)
"""
UNCLOSED = '"$0" /mnt/killed.py; test -s /mnt/.audobon/audobon.db-wal'
"""A writer that is killed before its log is brought in."""


@needs_mounts
@pytest.mark.parametrize(
    "state",
    [
        "rm -f /mnt/.audobon/audobon.db-*; cat /dev/zero > /mnt/full 2> /dev/null || true",
        f"{UNCLOSED}; cat /dev/zero > /mnt/full 2> /dev/null || true",
        "mount -o remount,ro /mnt",
        f"{UNCLOSED}; mount -o remount,ro /mnt",
    ],
    ids=["full", "full, with a log", "read-only", "read-only, with a log"],
)
def test_everything_can_be_read_on_it(disk: Path, tmp_path: Path, state: str) -> None:
    setup = f"mount -t tmpfs -o size=40m none /mnt; cp -r {disk}/. /mnt/; {state}"
    lines = json.dumps(READING)
    found = json.loads(
        run_mounted(setup, CODE, "/mnt", str(tmp_path / "out"), str(tmp_path / "prepared"), lines)
    )
    assert {line: status for line, status in found.items() if status} == {}
    assert list((tmp_path / "out" / "x").iterdir())


@needs_mounts
@pytest.mark.parametrize("unclosed", ["", UNCLOSED])
def test_a_note_that_lies_in_the_log_alone_is_read(disk: Path, tmp_path: Path, unclosed: str) -> None:
    code = (
        "import os, sys; from audobon_cli.cli.main import run; os.environ['HOME'] = sys.argv[1]; "
        "raise SystemExit(run(['assets', 'show', 'good', '--library', '/mnt/.audobon']))"
    )
    setup = (
        f"mount -t tmpfs -o size=40m none /mnt; cp -r {disk}/. /mnt/\n{unclosed}\nmount -o remount,ro /mnt"
    )
    assert ("told" in run_mounted(setup, code, str(tmp_path / "prepared"))) is bool(unclosed)


def test_a_library_that_may_not_be_written_is_read_and_backed_up(disk: Path, tmp_path: Path) -> None:
    for place, folders, files in os.walk(disk, topdown=False):
        for name in (*folders, *files):
            os.chmod(Path(place) / name, 0o555 if name in folders else 0o444)
    os.chmod(disk, 0o555)
    lines = [*READING, "assets tag good -t x", "version commit -m two"]
    words = [
        sys.executable,
        "-c",
        CODE,
        str(disk),
        str(tmp_path / "out"),
        str(tmp_path / "prepared"),
        json.dumps(lines),
    ]
    try:
        done = subprocess.run(
            obeying_modes(words),
            capture_output=True,
            text=True,
            env=child_environment(),
            timeout=PATIENCE_SECONDS,
        )
    finally:
        for place, folders, _ in os.walk(disk):
            for name in folders:
                os.chmod(Path(place) / name, 0o755)
        os.chmod(disk, 0o755)
    found = json.loads(done.stdout)
    failed = {line: status for line, status in found.items() if status}
    assert failed == {"assets tag good -t x": 16, "version commit -m two": 16}, done.stderr


@needs_mounts
@pytest.mark.parametrize(
    ("home", "costs"),
    [
        ("cat /dev/zero > /mnt/full 2> /dev/null || true", {}),
        ("mount -o remount,ro /mnt", {}),
    ],
    ids=["full", "read-only"],
)
def test_a_home_that_cannot_be_written_costs_the_log_alone(
    disk: Path, tmp_path: Path, home: str, costs: dict[str, int]
) -> None:
    lines = [*READING, "assets tag good -t x", "generate a --quality draft --seed 1 --out {out}/drawn.png"]
    setup = f"mount -t tmpfs -o size=2m none /mnt; {home}"
    found = json.loads(run_mounted(setup, CODE, str(disk), str(tmp_path / "out"), "/mnt", json.dumps(lines)))
    assert {line: status for line, status in found.items() if status} == costs
    assert (tmp_path / "out" / "drawn.png").exists()


@needs_mounts
@pytest.mark.parametrize("words", [["init", "{}/p"], ["backup", "init", "{}/p/r", "--no-encryption"]])
@pytest.mark.parametrize("pages", [0, 1, 3, 6, 40])
def test_what_cannot_be_made_leaves_nothing(tmp_path: Path, words: list[str], pages: int) -> None:
    filled = 2 * 2**20 - pages * 4096
    setup = f"mount -t tmpfs -o size=2m none /mnt; mkdir /mnt/p; head -c {filled} /dev/zero > /mnt/full"
    code = f"""
import os, sys
from pathlib import Path
from audobon_cli.cli.main import run
os.environ["HOME"] = {str(tmp_path)!r}
os.chdir("/mnt/p")
status = run([word.replace("{{}}", "/mnt") for word in {words!r}])
sys.stdout = sys.__stdout__
print(status, [str(path) for path in Path("/mnt/p").rglob("*")])
"""
    assert run_mounted(setup + " 2> /dev/null || true", code).splitlines()[-1] == "31 []"


def test_a_lock_that_was_deleted_meanwhile_is_none(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    found: list[bool] = []

    def wait() -> None:
        with exclusive_lock(lock, PATIENCE_SECONDS) as taken:
            found.append(taken and lock.exists())

    waiting = threading.Thread(target=wait)
    with exclusive_lock(lock, 1) as taken:
        assert taken
        waiting.start()
        time.sleep(0.1)  # it has the file open by now, or will make a new one
        lock.unlink()
    waiting.join(PATIENCE_SECONDS)
    assert found == [True]
