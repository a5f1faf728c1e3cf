"""History as an ordinary git repository: a JSON file and a picture an asset, as LFS pointers or whole."""

import contextlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from audobon_cli.domain.errors import GitMissing, InvalidInput, OutputUnwritable
from audobon_cli.domain.ids import AssetId, BlobId
from audobon_cli.history.model.commits import Commit, CommitId
from audobon_cli.history.model.graph import ancestors
from audobon_cli.history.model.records import Record, blob_of
from audobon_cli.history.model.tree import NOTHING, differences
from audobon_cli.history.store.objects import BRANCH, TAG
from audobon_cli.history.worktree import History, reading
from audobon_cli.library.store.library import Library

RECORDS, PICTURES = "assets", "pictures"
"""Folders of the repository: records as JSON, and the files they name."""

ORIGIN = "Audobon-Commit: "
"""Last line of every message: the commit it was here. An import finds out by it whether anything was changed."""

KNOWN_FILE = "audobon-commits"
"""File inside `.git` that lists what was exported: our id and git's, a line a commit. With it exports go on."""

ATTRIBUTES = f"{PICTURES}/** filter=lfs diff=lfs merge=lfs -text\n"
POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:{blob}\nsize {size}\n"


@dataclass(frozen=True, slots=True)
class GitExport:
    """What was written: ``commits`` now, ``known`` from earlier exports."""

    folder: Path
    commits: int
    known: int
    files: int


def export_git(library: Library, folder: Path, large_files: bool = True) -> GitExport:
    """Write history into the git repository ``folder``, which is made if it is not there; later runs add what is new.

    Args:
        large_files: Pictures as git-lfs pointers, with the files in `.git/lfs/objects`; else as they are.

    Raises GitMissing, InvalidInput for a folder that holds something else, OutputUnwritable.
    """
    git = find_git()
    known = _prepare(git, folder)
    with reading(library) as history:
        refs = {**history.rows.refs(BRANCH), **history.rows.refs(TAG)}
        new = _new_commits(history, set(refs.values()), known)
        writer = _Writer(library, history, folder, large_files)
        marks = folder / ".git" / f"{KNOWN_FILE}.marks"
        command = [git, "-C", str(folder), "fast-import", "--quiet", "--force", f"--export-marks={marks}"]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            assert process.stdin is not None
            assert process.stderr is not None
            # git says on stderr why it stops reading.
            with contextlib.suppress(BrokenPipeError), process.stdin:
                writer.write(process.stdin, new, known, refs)
            words = process.stderr.read().decode(errors="replace").strip()
        if process.returncode:
            raise OutputUnwritable(f"git could not write {folder}: {words}", hint="look at the repository")
        _remember(folder, marks, [name for name, _ in new], known)
        _check_out(git, folder, history.branch)
    return GitExport(folder, len(new), len(known), writer.files)


def find_git() -> str:
    """The git program. Raises GitMissing."""
    git = shutil.which("git")
    if git is None:
        raise GitMissing("git is not installed.", hint="install git, then run the command again")
    return git


def record_path(asset: AssetId) -> str:
    """Where an asset's record lies in the repository."""
    return f"{RECORDS}/{asset[:2]}/{asset}.json"


def picture_path(asset: AssetId, record: Record) -> str:
    """Where an asset's file lies in the repository."""
    return f"{PICTURES}/{asset[:2]}/{asset}.{record.get('content', {}).get('format', 'png')}"


def record_text(record: Record) -> bytes:
    """A record as people read it in a diff."""
    return (json.dumps(record, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def _prepare(git: str, folder: Path) -> dict[CommitId, str]:
    """Make the repository, or find out what it holds of ours."""
    if not folder.exists() or not any(folder.iterdir()):
        subprocess.run([git, "init", "--quiet", "--initial-branch=main", str(folder)], check=True)
        return {}
    file = folder / ".git" / KNOWN_FILE
    if not file.is_file():
        raise InvalidInput(f"{folder} is not empty and no export of ours.", hint="name a new folder")
    lines = file.read_text(encoding="ascii").splitlines()
    return {CommitId(line.split()[0]): line.split()[1] for line in lines}


def _new_commits(
    history: History, heads: set[CommitId], known: dict[CommitId, str]
) -> list[tuple[CommitId, Commit]]:
    """What is to be written, parents first."""
    found: dict[CommitId, Commit] = {}
    for head in sorted(heads):
        if head not in found:
            found.update(
                {name: commit for name, commit in ancestors(history.rows.commit, head) if name not in known}
            )
    written: set[CommitId] = set(known)
    ordered: list[tuple[CommitId, Commit]] = []
    for start in found:
        stack = [start]
        while stack:
            name = stack[-1]
            missing = (
                [parent for parent in found[name].parents if parent not in written] if name in found else []
            )
            if missing and name not in written:
                stack.extend(missing)
                continue
            stack.pop()
            if name not in written:
                written.add(name)
                ordered.append((name, found[name]))
    return ordered


class _Writer:
    """Writes commits in the format of git fast-import."""

    def __init__(self, library: Library, history: History, folder: Path, large_files: bool) -> None:
        self._library = library
        self._history = history
        self._objects = folder / ".git" / "lfs" / "objects"
        self._large_files = large_files
        self.files = 0

    def write(
        self,
        out: IO[bytes],
        new: list[tuple[CommitId, Commit]],
        known: dict[CommitId, str],
        refs: dict[str, CommitId],
    ) -> None:
        """Write the stream: commits, then branches and tags."""
        names = dict(known)
        for number, (name, commit) in enumerate(new, start=1):
            names[name] = f":{number}"
            out.write(b"".join(self._commit(number, name, commit, names)))
        for ref, target in refs.items():
            kind = "heads" if ref.startswith(BRANCH) else "tags"
            out.write(f"reset refs/{kind}/{ref.split('/', 1)[1]}\nfrom {names[target]}\n\n".encode())

    def _commit(
        self, number: int, name: CommitId, commit: Commit, names: dict[CommitId, str]
    ) -> Iterator[bytes]:
        person = f"{commit.author} <> {int(commit.time.timestamp())} +0000"
        message = f"{commit.message}\n\n{ORIGIN}{name}\n".encode()
        yield f"commit refs/audobon/export\nmark :{number}\nauthor {person}\ncommitter {person}\n".encode()
        yield _data(message)
        for position, parent in enumerate(commit.parents):
            yield f"{'merge' if position else 'from'} {names[parent]}\n".encode()
        before = NOTHING
        if commit.parents:
            before = self._history.rows.commit(commit.parents[0]).tree
        else:
            yield b"deleteall\n"
            if self._large_files:
                yield b"M 100644 inline .gitattributes\n" + _data(ATTRIBUTES.encode())
        for found in differences(self._history.rows.content, before, commit.tree):
            yield from self._asset(
                found.asset, self._history.rows.record(found.before), self._history.rows.record(found.after)
            )
        yield b"\n"

    def _asset(self, asset: AssetId, before: Record | None, after: Record | None) -> Iterator[bytes]:
        if before is not None and (
            after is None or picture_path(asset, before) != picture_path(asset, after)
        ):
            yield f"D {picture_path(asset, before)}\n".encode()
        if after is None:
            yield f"D {record_path(asset)}\n".encode()
            return
        yield f"M 100644 inline {record_path(asset)}\n".encode() + _data(record_text(after))
        if before is None or blob_of(before) != blob_of(after):
            yield f"M 100644 inline {picture_path(asset, after)}\n".encode() + _data(
                self._picture(blob_of(after))
            )

    def _picture(self, blob: BlobId) -> bytes:
        self.files += 1
        if not self._large_files:
            return self._library.blobs.read(blob)
        target = self._objects / blob[:2] / blob[2:4] / blob
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            fresh = target.with_name(f"{blob}.new")
            fresh.write_bytes(self._library.blobs.read(blob))
            os.replace(fresh, target)
        return POINTER.format(blob=blob, size=self._library.blobs.size(blob)).encode()


def _data(content: bytes) -> bytes:
    return b"data %d\n%s\n" % (len(content), content)


def _remember(folder: Path, marks: Path, new: list[CommitId], known: dict[CommitId, str]) -> None:
    """Note git's names of what was written, whole or not at all."""
    named = dict(line.split() for line in marks.read_text(encoding="ascii").splitlines()) if new else {}
    names = {**known, **{name: named[f":{number}"] for number, name in enumerate(new, start=1)}}
    file = folder / ".git" / KNOWN_FILE
    fresh = file.with_name(f"{KNOWN_FILE}.new")
    fresh.write_text("".join(f"{ours} {git}\n" for ours, git in names.items()), encoding="ascii")
    os.replace(fresh, file)
    marks.unlink(missing_ok=True)


def _check_out(git: str, folder: Path, branch: str | None) -> None:
    """Bring the work tree to the branch, without git-lfs's help: pictures stay pointers until `git lfs checkout`."""
    run = [
        git,
        "-C",
        str(folder),
        "-c",
        "filter.lfs.smudge=",
        "-c",
        "filter.lfs.process=",
        "-c",
        "filter.lfs.required=false",
    ]
    subprocess.run([*run, "update-ref", "-d", "refs/audobon/export"], check=True)
    if branch is not None:
        subprocess.run([*run, "symbolic-ref", "HEAD", f"refs/heads/{branch}"], check=True)
        subprocess.run([*run, "reset", "--quiet", "--hard"], check=True)
