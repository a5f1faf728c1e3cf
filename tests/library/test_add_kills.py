"""Killed in import, purge and gc at any moment, a library loses nothing and needs no help."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from audobon_cli.library.import_files import ImportRequest, ImportStatus, import_files
from audobon_cli.library.store.library import Library
from audobon_cli.library.trash import collect_garbage
from audobon_cli.library.verify import verify_library
from tests.fault_injection import child_environment
from tests.media.samples import encoded

# Imports a folder, throws away and purges half, collects, imports again ..., saying what is done.
WORK = """
import sys
from audobon_cli.library import import_files as importing
from audobon_cli.library import trash
from audobon_cli.library.import_files import ImportRequest, import_files
from audobon_cli.library.store.library import Library
from pathlib import Path

importing.BATCH_FILES = 10
library = Library.open(Path(sys.argv[1]))
request = ImportRequest((sys.argv[2],))
print("ready", flush=True)
while True:
    import_files(library, request)
    print("imported", flush=True)
    chosen = [a for a in library.assets.matching("") if not a.name.startswith("kept")][::2]
    trash.trash_assets(library, chosen)
    trash.purge_assets(library, chosen)
    trash.collect_garbage(library, grace_hours=0)
"""
FILES = 40


def check_kill(tmp_path: Path, number: int, pictures: Path, kept: Path) -> None:
    root = tmp_path / f"library{number}"
    library = Library.create(root)
    import_files(library, ImportRequest((str(kept),)))
    library.close()
    child = subprocess.Popen(
        [sys.executable, "-c", WORK, str(root), str(pictures)],
        stdout=subprocess.PIPE,
        env=child_environment(),
        text=True,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    time.sleep(random.Random(number).random() * 0.6)
    child.kill()
    child.communicate()
    library = Library.open(root)
    report = verify_library(library)
    assert report.clean, report.error()
    assert len(library.assets.matching("tag:kept")) == 0
    assert sum(asset.name.startswith("kept") for asset in library.assets.matching("")) == 5
    again = import_files(library, ImportRequest((str(pictures), str(kept))))
    assert again.count(ImportStatus.FAILED) == 0
    assert len({file.asset for file in again.files}) == library.assets.count() == FILES + 5
    collect_garbage(library, grace_hours=0)
    report = verify_library(library)
    assert report.clean
    assert report.unreferenced == 0
    library.close()


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Forty pictures that come and go, and five that stay."""
    pictures, kept = tmp_path / "pictures", tmp_path / "kept"
    for folder, count, name in ((pictures, FILES, "p"), (kept, 5, "kept")):
        folder.mkdir()
        for number in range(count):
            (folder / f"{name}{number}.png").write_bytes(
                encoded(seed=number + 1000 * (name == "kept"), size=(9, 7))
            )
    return pictures, kept


def test_kills_lose_nothing(tmp_path: Path, folders: tuple[Path, Path]) -> None:
    for number in range(6):
        check_kill(tmp_path, number, *folders)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_two_hundred_kills_lose_nothing(tmp_path: Path, folders: tuple[Path, Path]) -> None:
    for number in range(100, 300):
        check_kill(tmp_path, number, *folders)
