"""Git repositories of others: nothing that they name runs, and nothing of theirs is lost."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.history.test_git import git

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


@pytest.fixture(autouse=True)
def person(monkeypatch: pytest.MonkeyPatch) -> None:
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "a")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "a@example.org")


@pytest.fixture
def exported(audobon, tmp_path: Path, picture: Callable[[str], Path]) -> Path:
    assert audobon("init", str(tmp_path / "lib")).status == 0
    assert audobon("assets", "import", str(picture("a")), "--library", str(tmp_path / "lib")).status == 0
    assert audobon("version", "commit", "-m", "one", "--library", str(tmp_path / "lib")).status == 0
    target = tmp_path / "git"
    ran = audobon("version", "export-git", "--plain", str(target), "--library", str(tmp_path / "lib"))
    assert ran.status == 0, ran.err
    return target


@pytest.fixture
def picture(tmp_path: Path) -> Callable[[str], Path]:
    from PIL import Image

    def made(name: str) -> Path:
        path = tmp_path / f"{name}.png"
        Image.new("RGBA", (8, 8), (ord(name[0]), 9, 9, 255)).save(path)
        return path

    return made


def _import(audobon, source: Path, tmp_path: Path):
    library = tmp_path / "into"
    assert audobon("init", str(library)).status == 0
    return audobon("version", "import-git", str(source), "--library", str(library), "--json"), library


def _programs(folder: Path, ran: Path) -> None:
    """Every place of a repository's configuration that names a program, naming one that leaves ``ran`` behind."""
    program = f"touch {ran}; cat"
    for name in (
        "core.fsmonitor", "core.sshCommand", "core.pager", "core.askPass", "core.alternateRefsCommand",
        "diff.external", "filter.own.clean", "filter.own.smudge", "filter.own.process", "diff.own.textconv",
        "diff.own.command", "merge.own.driver", "credential.helper", "core.editor", "gpg.program",
        "uploadpack.packObjectsHook",
    ):  # fmt: skip
        git(folder, "config", name, program)
    git(folder, "config", "filter.own.required", "true")
    (folder / ".git" / "info" / "attributes").parent.mkdir(exist_ok=True)
    (folder / ".git" / "info" / "attributes").write_text("* filter=own diff=own merge=own\n")
    hooks = folder / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    for hook in (
        "reference-transaction",
        "post-index-change",
        "post-checkout",
        "pre-auto-gc",
        "fsmonitor-watchman",
    ):
        (hooks / hook).write_text(f"#!/bin/sh\ntouch {ran}\n")
        (hooks / hook).chmod(0o755)


def test_nothing_that_a_repository_names_is_run(audobon, tmp_path: Path, exported: Path, picture) -> None:
    ran = tmp_path / "ran"
    copy = tmp_path / "copy"
    shutil.copytree(exported, copy)
    _programs(copy, ran)
    assert _import(audobon, copy, tmp_path)[0].status == 0
    assert not ran.exists()
    _programs(exported, ran)
    library = ("--library", str(tmp_path / "lib"))
    assert audobon("assets", "import", str(picture("b")), *library).status == 0
    assert audobon("version", "commit", "-m", "two", *library).status == 0
    done = audobon("version", "export-git", "--plain", str(exported), *library)
    assert done.status == 0, done.err
    assert not ran.exists()


def test_partial_and_shallow_clones_are_refused(audobon, tmp_path: Path, exported: Path) -> None:
    git(exported, "config", "remote.origin.promisor", "true")
    git(exported, "config", "remote.origin.url", "ext::sh -c 'touch ran'")
    ran, library = _import(audobon, exported, tmp_path)
    assert (ran.status, ran.json["error"]["code"]) == (26, "version.import")
    git(exported, "config", "--unset", "remote.origin.promisor")
    git(exported, "commit", "--quiet", "--allow-empty", "-m", "two")
    shallow = tmp_path / "shallow"
    git(tmp_path, "clone", "--quiet", "--depth", "1", f"file://{exported}", str(shallow))
    ran = audobon("version", "import-git", str(shallow), "--library", str(library), "--json")
    assert (ran.status, ran.json["error"]["code"]) == (26, "version.import")


@pytest.mark.parametrize(
    "variable", ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_NAMESPACE"]
)
def test_variables_of_a_hook_are_not_obeyed(audobon, tmp_path, exported, monkeypatch, variable: str) -> None:
    monkeypatch.setenv(variable, str(tmp_path / "elsewhere"))
    assert _import(audobon, exported, tmp_path)[0].status == 0
    assert (
        audobon("version", "export-git", str(tmp_path / "new"), "--library", str(tmp_path / "lib")).status
        == 0
    )
    assert not (tmp_path / "elsewhere").exists()
    monkeypatch.delenv(variable)
    assert git(tmp_path / "new", "log", "--format=%s") == "one"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("metadata", 5), ("name", 5), ("name", "\ud800"), ("kind", None), ("kind", "boat"), ("content", "x"),
        ("blob", 7), ("blob", "0" * 64), ("tags", "a"), ("tags", [1]), ("relations", [["a"]]), ("rating", 2**70),
        ("note", {}), ("category", []), ("content", {}),
    ],
)  # fmt: skip
def test_records_that_cannot_be_kept_are_refused(
    audobon, tmp_path, exported, field: str, value: object
) -> None:
    path = next((exported / "assets").rglob("*.json"))
    path.write_text(json.dumps({**json.loads(path.read_text()), field: value}))
    git(exported, "commit", "--quiet", "-am", "x")
    ran, library = _import(audobon, exported, tmp_path)
    assert (ran.status, ran.json["error"]["code"]) == (26, "version.import")
    assert audobon("assets", "list", "--library", str(library), "--json").data["total"] == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [("seed", 2**64), ("seed", "1"), ("width", -1), ("created", 10**30), ("media", "["), ("recipe", "{}"),
     ("duration_seconds", "x"), ("name", 5), ("frames", True)],
)  # fmt: skip
def test_contents_that_cannot_be_kept_are_refused(
    audobon, tmp_path, exported, field: str, value: object
) -> None:
    path = next((exported / "assets").rglob("*.json"))
    record = json.loads(path.read_text())
    path.write_text(json.dumps({**record, "content": {**record["content"], field: value}}))
    git(exported, "commit", "--quiet", "-am", "x")
    assert _import(audobon, exported, tmp_path)[0].status == 26


def test_odd_commits_and_tags(audobon, tmp_path: Path, exported: Path) -> None:
    git(exported, "tag", "tree", "HEAD^{tree}")
    git(exported, "tag", "-a", "-m", "x", "t1")
    git(exported, "tag", "-a", "-m", "y", "t2", "t1")
    (tmp_path / "said").write_bytes("näme\n".encode("latin-1"))
    git(
        exported,
        "-c",
        "i18n.commitEncoding=ISO-8859-1",
        "commit",
        "-q",
        "--allow-empty",
        "-F",
        str(tmp_path / "said"),
    )
    ran, library = _import(audobon, exported, tmp_path)
    assert ran.status == 0
    assert ran.data["left_out"] == ["tree"]
    assert sorted(ran.data["tags"]) == ["t1", "t2"]
    assert "näme" in audobon("version", "log", "--library", str(library)).out
    odd = "tree {}\nauthor x\ncommitter x <> 1 +0000\n\nm\n".format(git(exported, "rev-parse", "HEAD^{tree}"))
    for text in (
        odd,
        odd.replace("author x\n", ""),
        odd.replace("author x", "author a <> 99999999999999 +0000"),
    ):
        made = subprocess.run(
            ["git", "-C", str(exported), "hash-object", "-t", "commit", "-w", "--stdin", "--literally"],
            input=text, text=True, capture_output=True, check=True,
        )  # fmt: skip
        git(exported, "update-ref", "refs/heads/odd", made.stdout.strip())
        ran = audobon("version", "import-git", str(exported), "--library", str(library), "--json")
        assert (ran.status, ran.json["error"]["code"]) == (26, "version.import")


def test_what_others_did_in_an_export_stays(audobon, tmp_path: Path, exported: Path, picture) -> None:
    library = ("--library", str(tmp_path / "lib"))
    assert audobon("assets", "import", str(picture("b")), *library).status == 0
    assert audobon("version", "commit", "-m", "two", *library).status == 0

    def refused() -> bool:
        ran = audobon("version", "export-git", "--plain", str(exported), *library, "--json")
        return ran.status == 58 and ran.json["error"]["code"] == "version.export_diverged"

    (exported / "pictures" / "mine.txt").write_text("mine")
    assert refused()
    (exported / "pictures" / "mine.txt").rename(exported / "mine.txt")  # outside of what is written
    record = next((exported / "assets").rglob("*.json"))
    before = record.read_text()
    record.write_text(before + " ")
    assert refused()
    git(exported, "update-index", "--assume-unchanged", record.relative_to(exported).as_posix())
    assert refused()
    record.write_text(before)
    lock = exported / ".git" / "index.lock"
    lock.touch()
    assert refused()
    assert git(exported, "log", "-1", "--format=%s", "main") == "one"
    lock.unlink()
    git(exported, "commit", "--quiet", "--allow-empty", "-m", "theirs")
    assert refused()
    git(exported, "branch", "theirs")
    git(exported, "reset", "--quiet", "--hard", "HEAD~1")
    assert audobon("version", "export-git", "--plain", str(exported), *library).status == 0
    assert (exported / "mine.txt").read_text() == "mine"
    assert git(exported, "log", "-1", "--format=%s", "theirs") == "theirs"


def test_an_export_that_was_killed_goes_on(audobon, tmp_path: Path, exported: Path, picture) -> None:
    """As a kill in the middle of the checkout leaves it: branches moved, the index and some files of before."""
    options = ("--plain", str(exported), "--library", str(tmp_path / "lib"))
    assert audobon("assets", "import", str(picture("b")), *options[2:]).status == 0
    assert audobon("version", "commit", "-m", "two", *options[2:]).status == 0
    assert audobon("version", "export-git", *options).status == 0
    assert not list((exported / ".git").glob("audobon-left"))
    (exported / ".git" / "audobon-left").write_text(git(exported, "rev-parse", "HEAD~1"))
    git(exported, "read-tree", "HEAD~1")
    new = git(exported, "diff", "--name-only", "HEAD~1", "HEAD").split()
    (exported / new[0]).write_text("half")
    assert audobon("version", "export-git", *options).status == 58
    (exported / new[0]).unlink()
    assert audobon("version", "export-git", *options).status == 0
    assert git(exported, "status", "--porcelain") == ""


def test_a_branch_of_somebodys_own_stays_checked_out(
    audobon, tmp_path: Path, exported: Path, picture
) -> None:
    library = ("--library", str(tmp_path / "lib"))
    git(exported, "checkout", "--quiet", "-b", "own")
    assert audobon("assets", "import", str(picture("b")), *library).status == 0
    assert audobon("version", "commit", "-m", "two", *library).status == 0
    assert audobon("version", "export-git", "--plain", str(exported), *library).status == 0
    assert git(exported, "symbolic-ref", "--short", "HEAD") == "own"
    assert git(exported, "status", "--porcelain") == ""
    assert git(exported, "log", "-1", "--format=%s", "main") == "two"


@pytest.mark.posix
def test_records_that_are_links_are_named(audobon, tmp_path: Path, exported: Path) -> None:
    record = next((exported / "assets").rglob("*.json"))
    copy = tmp_path / "record.json"
    copy.write_bytes(record.read_bytes())
    record.unlink()
    record.symlink_to(copy)
    git(exported, "add", "--all")
    git(exported, "-c", "user.name=x", "-c", "user.email=x@y", "commit", "--quiet", "-m", "a link")
    ran, library = _import(audobon, exported, tmp_path)
    path = record.relative_to(exported).as_posix()
    why = "is a symbolic link, which is not followed"
    assert (ran.status, ran.data["skipped"]) == (0, [{"path": path, "reason": why}])
    assert audobon("assets", "list", "--library", str(library), "--json").data["assets"] == []
    assert (
        f"{path} was skipped: it {why}."
        in audobon("version", "import-git", str(exported), "--library", str(library)).err
    )


def test_an_exported_branch_stays_checked_out_and_its_files_follow(
    audobon, tmp_path: Path, exported: Path, picture
) -> None:
    library = ("--library", str(tmp_path / "lib"))
    options = ("--plain", str(exported), *library)
    assert audobon("version", "branch", "side", *library).status == 0
    assert audobon("version", "export-git", *options).status == 0
    git(exported, "checkout", "--quiet", "side")
    assert audobon("assets", "import", str(picture("b")), *library).status == 0
    assert audobon("version", "commit", "-m", "on main", *library).status == 0
    ran = audobon("version", "export-git", *options, "--json")
    assert (ran.status, ran.data["checked_out"]) == (0, "side")
    assert git(exported, "symbolic-ref", "--short", "HEAD") == "side"
    assert git(exported, "status", "--porcelain") == ""
    assert git(exported, "log", "-1", "--format=%s", "main") == "on main"
    assert audobon("version", "switch", "side", *library).status == 0
    assert audobon("assets", "import", str(picture("c")), *library).status == 0
    assert audobon("version", "commit", "-m", "on side", *library).status == 0
    git(exported, "checkout", "--quiet", "main")
    assert "stays on main" in audobon("version", "export-git", *options).err
    git(exported, "checkout", "--quiet", "side")
    assert audobon("assets", "import", str(picture("d")), *library).status == 0
    assert audobon("version", "commit", "-m", "more", *library).status == 0
    assert audobon("version", "export-git", *options).status == 0
    assert git(exported, "log", "-1", "--format=%s") == "more"
    assert git(exported, "status", "--porcelain") == ""


def test_a_first_export_that_fails_leaves_nothing(audobon, tmp_path: Path, exported: Path) -> None:
    (tmp_path / "file").write_text("")
    ran = audobon("version", "export-git", str(tmp_path / "file" / "g"), "--library", str(tmp_path / "lib"))
    assert ran.status == 17
    assert "Traceback" not in ran.err
