"""History as a git repository, read by git itself, and back."""

import shutil
import subprocess
from pathlib import Path

import pytest

from audobon_cli.history import branches, commits, merge
from audobon_cli.library.store.library import Library
from tests.conftest import Audobon
from tests.history.workshop import AUTHOR, add, edit, remove, snapshot

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


@pytest.fixture
def library(audobon: Audobon, tmp_path: Path) -> Library:
    assert audobon("init").status == 0
    library = Library.open(tmp_path / "project" / ".audobon")
    dragon, sword = add(library, "dragon", 1), add(library, "sword \N{SNOWMAN}", 2)
    commits.commit(library, "first\n\nwith a body", AUTHOR)
    branches.create_tag(library, "v1")
    branches.switch(library, "flat", AUTHOR, create=True)
    edit(library, dragon, note="flat", tags=["boss"])
    commits.commit(library, "flat", "Zoë <z@example.org>")
    branches.switch(library, "main", AUTHOR)
    remove(library, sword)
    commits.commit(library, "no sword", AUTHOR)
    merge.merge(library, "flat", AUTHOR)
    return library


def git(folder: Path, *words: str) -> str:
    ran = subprocess.run(["git", "-C", str(folder), *words], capture_output=True, text=True, check=True)
    return ran.stdout.strip()


@pytest.mark.parametrize("plain", [False, True])
def test_git_reads_it_and_it_comes_back_identical(
    audobon: Audobon, library: Library, tmp_path: Path, plain: bool
) -> None:
    target = tmp_path / "git"
    ran = audobon("version", "export-git", str(target), *(["--plain"] if plain else []), "--json")
    assert ran.status == 0, ran.out
    assert ran.data["commits"] == 4
    assert git(target, "fsck", "--strict", "--no-progress") == ""
    assert git(target, "status", "--porcelain") == ""
    assert git(target, "log", "--format=%an", "flat", "-1") == "Zoë z@example.org"
    assert git(target, "log", "--format=%s").splitlines()[0] == "Merge flat into main"
    assert sorted(git(target, "branch", "--format=%(refname:short)").split()) == ["flat", "main"]
    assert git(target, "tag") == "v1"
    pictures = list((target / "pictures").rglob("*.png"))
    assert len(pictures) == 1
    assert pictures[0].read_bytes().startswith(b"\x89PNG" if plain else b"version https://git-lfs")

    copy = tmp_path / "copy"
    copy.mkdir()
    back = audobon("version", "import-git", str(target), "--library", str(_empty(audobon, copy)), "--json")
    assert back.status == 0, back.out
    other = Library.open(copy / ".audobon")
    assert snapshot(other) == snapshot(library)
    assert [entry.id for entry in commits.log(other)] == [entry.id for entry in commits.log(library)]
    assert {ref.name: ref.commit for ref in branches.branches(other)} == {
        ref.name: ref.commit for ref in branches.branches(library)
    }
    assert commits.status(other).changes == ()


def _empty(audobon: Audobon, folder: Path) -> Path:
    Library.create(folder / ".audobon").close()
    return folder / ".audobon"


def test_a_second_export_writes_what_is_new(audobon: Audobon, library: Library, tmp_path: Path) -> None:
    target = tmp_path / "git"
    assert audobon("version", "export-git", str(target)).status == 0
    first = git(target, "rev-parse", "main")
    add(library, "key", 3)
    commits.commit(library, "a key", AUTHOR)
    again = audobon("version", "export-git", str(target), "--json").data
    assert (again["commits"], again["known"]) == (1, 4)
    assert git(target, "rev-parse", "main~1") == first
    assert audobon("version", "export-git", str(target), "--json").data["commits"] == 0


def test_a_branch_that_went_elsewhere_comes_in_beside(
    audobon: Audobon, library: Library, tmp_path: Path
) -> None:
    target = tmp_path / "git"
    assert audobon("version", "export-git", str(target)).status == 0
    add(library, "key", 3)
    commits.commit(library, "a key", AUTHOR)
    ran = audobon("version", "import-git", str(target), "--json")
    assert ran.data["renamed"] == {"branch/main": "branch/main-imported"}
    assert commits.status(library).branch == "main"


def test_what_cannot_be_exported_or_imported_is_said(
    audobon: Audobon, library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = tmp_path / "full"
    full.mkdir()
    (full / "mine.txt").write_text("mine")
    assert audobon("version", "export-git", str(full)).status == 2
    assert audobon("version", "import-git", str(full), "--json").json["error"]["code"] == "version.import"
    git(tmp_path, "init", "--quiet", str(tmp_path / "foreign"))
    assert audobon("version", "import-git", str(tmp_path / "foreign")).status == 26
    target = tmp_path / "git"
    assert audobon("version", "export-git", str(target)).status == 0
    shutil.rmtree(target / ".git" / "lfs")
    assert "LFS" in audobon("version", "import-git", str(target)).err
    monkeypatch.setenv("PATH", str(tmp_path))
    assert (
        audobon("version", "export-git", str(target), "--json").json["error"]["code"] == "version.git_missing"
    )


def test_changes_are_committed_by_themselves_where_settings_say_so(
    audobon: Audobon, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUDOBON_AUTO_COMMIT", "per-command")
    assert audobon("assets", "tag", "dragon", "--tag", "final").status == 0
    assert commits.status(library).changes == ()
    assert commits.log(library, limit=1)[0].commit.message == "audobon assets tag"
    monkeypatch.setenv("AUDOBON_AUTO_COMMIT", "per-batch")
    assert audobon("assets", "tag", "dragon", "--tag", "later").status == 0
    assert len(commits.status(library).changes) == 1
    monkeypatch.setenv("AUDOBON_AUTO_COMMIT", "sometimes")
    assert audobon("assets", "list").status == 2
