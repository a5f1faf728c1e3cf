"""Pictures of git repositories that are symbolic links: those within the tree are read, others are named."""

import hashlib
import json
import os
import shutil
from pathlib import Path

import pytest

from tests.conftest import Audobon, Ran
from tests.history.test_git import git
from tests.media.samples import encoded

pytestmark = [
    pytest.mark.posix,
    pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed"),
]


@pytest.fixture
def exported(audobon: Audobon, tmp_path: Path) -> Path:
    """A repository with one asset, written by `version export-git`."""
    library = ("--library", str(tmp_path / "lib"))
    (tmp_path / "gem.png").write_bytes(encoded(seed=1))
    assert audobon("init", str(tmp_path / "lib")).status == 0
    assert audobon("assets", "import", str(tmp_path / "gem.png"), *library).status == 0
    assert audobon("version", "commit", "-m", "one", *library).status == 0
    assert audobon("version", "export-git", "--plain", str(tmp_path / "git"), *library).status == 0
    return tmp_path / "git"


def commit(folder: Path) -> None:
    git(folder, "add", "--all")
    git(folder, "-c", "user.name=x", "-c", "user.email=x@y", "commit", "--quiet", "--amend", "-m", "links")


def imported(audobon: Audobon, folder: Path, tmp_path: Path) -> tuple[Ran, list[bytes]]:
    """The run of an import into an empty library, and the pictures that are in it then."""
    library = ("--library", str(tmp_path / "into"))
    assert audobon("init", str(tmp_path / "into")).status == 0
    ran = audobon("version", "import-git", str(folder), *library, "--json")
    listed = audobon("assets", "list", *library, "--json").data["assets"]
    found = [audobon("assets", "show", one["id"], *library, "--json").data["asset"]["path"] for one in listed]
    return ran, [Path(path).read_bytes() for path in found]


def picture_of(folder: Path) -> Path:
    return next((folder / "pictures").rglob("*.png"))


def linked_file(folder: Path) -> None:
    picture = picture_of(folder)
    (folder / "art").mkdir()
    picture.rename(folder / "art" / "a gem.png")
    picture.symlink_to("../../art/second.png")
    (folder / "art" / "second.png").symlink_to("a gem.png")


def linked_folder(folder: Path) -> None:
    (folder / "pictures").rename(folder / "art")
    (folder / "pictures").symlink_to("art")


def linked_file_in_a_linked_folder(folder: Path) -> None:
    linked_file(folder)
    place = picture_of(folder).parent
    place.rename(folder / "pictures" / "elsewhere")
    place.symlink_to("elsewhere")


@pytest.mark.parametrize("link", [linked_file, linked_folder, linked_file_in_a_linked_folder])
def test_links_within_the_tree_are_followed(audobon: Audobon, exported: Path, tmp_path: Path, link) -> None:  # type: ignore[no-untyped-def]
    link(exported)
    commit(exported)
    ran, pictures = imported(audobon, exported, tmp_path)
    assert ran.status == 0, ran.out
    assert pictures == [encoded(seed=1)]


def test_what_is_behind_a_link_may_change_alone(audobon: Audobon, exported: Path, tmp_path: Path) -> None:
    linked_file(exported)
    commit(exported)
    other = encoded(seed=2)
    (exported / "art" / "a gem.png").write_bytes(other)
    path = next((exported / "assets").rglob("*.json"))
    record = json.loads(path.read_text(encoding="utf-8"))
    record["blob"] = hashlib.sha256(other).hexdigest()
    record["content"]["size_bytes"] = len(other)
    path.write_text(json.dumps(record), encoding="utf-8")
    git(exported, "add", "--all")
    git(exported, "-c", "user.name=x", "-c", "user.email=x@y", "commit", "--quiet", "-m", "another")
    ran, pictures = imported(audobon, exported, tmp_path)
    assert ran.status == 0, ran.out
    assert pictures == [other]


@pytest.mark.parametrize(
    ("target", "what"),
    [
        ("{outside}", "a symbolic link that leads out of the repository, to {outside}"),
        ("../../../gem.png", "a symbolic link that leads out of the repository, to ../gem.png"),
        ("../../.git/annex/gem.png", "a symbolic link to what is not in the repository"),
        ("{itself}", "a symbolic link that leads round in a circle"),
        ("../../.gitattributes/x", "a symbolic link through a file that is no folder"),
    ],
)
def test_links_that_lead_to_nothing_here_are_named(
    audobon: Audobon, exported: Path, tmp_path: Path, target: str, what: str
) -> None:
    (exported / ".gitattributes").write_text("# a file\n")
    picture = picture_of(exported)
    named = {"outside": tmp_path / "gem.png", "itself": picture.name}
    picture.unlink()
    os.symlink(target.format(**named), picture)
    commit(exported)
    ran, pictures = imported(audobon, exported, tmp_path)
    said = ran.json["error"]
    path = picture.relative_to(exported).as_posix()
    assert said["code"] == "version.import"
    assert f"is missing: {path} is {what.format(**named)}." in said["message"]
    assert "put the file itself in the link's place" in said["hint"]
    assert pictures == []


def test_a_folder_that_leads_out_is_named(audobon: Audobon, exported: Path, tmp_path: Path) -> None:
    (exported / "pictures").rename(tmp_path / "art")
    (exported / "pictures").symlink_to(tmp_path / "art")
    commit(exported)
    ran, _ = imported(audobon, exported, tmp_path)
    assert (
        f"is missing: pictures is a symbolic link that leads out of the repository, to {tmp_path / 'art'}."
        in (ran.json["error"]["message"])
    )
