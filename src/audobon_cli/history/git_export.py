"""History as an ordinary git repository: a JSON file and a picture an asset, as LFS pointers or whole."""

import contextlib
import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from audobon_cli.domain.errors import AudobonError, InvalidInput, OutputUnwritable
from audobon_cli.domain.ids import AssetId, BlobId
from audobon_cli.history.git_program import Git, GitFailed, one_line
from audobon_cli.history.git_work_tree import check_out, check_untouched, leaving, refuse_lock
from audobon_cli.history.model.commits import Commit, CommitId
from audobon_cli.history.model.graph import ancestors
from audobon_cli.history.model.records import Record, blob_of
from audobon_cli.history.model.tree import NOTHING, differences
from audobon_cli.history.store.objects import BRANCH, TAG
from audobon_cli.history.worktree import History, reading
from audobon_cli.library.store.library import Library
from audobon_cli.platforms import current
from audobon_cli.storage.durable_files import output_errors

RECORDS, PICTURES = "assets", "pictures"
"""Folders of the repository: records as JSON, and the files they name."""

ORIGIN = "Audobon-Commit: "
"""Last line of every message: the commit it was here. An import finds out by it whether anything was changed."""

KNOWN_FILE = "audobon-commits"
"""File inside `.git` that lists what was exported: our id and git's, a line a commit. With it exports go on."""

_KNOWN_LINE = re.compile(r"[0-9a-f]{64} [0-9a-f]{40,64}")

ATTRIBUTES = f"{PICTURES}/** filter=lfs diff=lfs merge=lfs -text\n"
POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:{blob}\nsize {size}\n"


@dataclass(frozen=True, slots=True)
class GitExport:
    """What was written: ``commits`` now, ``known`` from earlier exports. ``checked_out`` is the branch that the work
    tree stands on ("": none), ``branch`` the library's."""

    folder: Path
    commits: int
    known: int
    files: int
    checked_out: str
    branch: str


def export_git(library: Library, folder: Path, large_files: bool = True) -> GitExport:
    """Write history into the git repository ``folder``, which is made if it is not there; later runs add what is new.

    Args:
        large_files: Pictures as git-lfs pointers, with the files in `.git/lfs/objects`; else as they are.

    Raises GitMissing, InvalidInput for a folder that holds something else, ExportDiverged where others went on with
    what the export would move, OutputUnwritable; what was made for a first export is then taken away again.
    """
    folder = folder.absolute()
    git = Git(folder, own=True)
    fresh = _is_fresh(folder)
    try:
        known = {} if fresh else _known(folder)
        with reading(library) as history:
            refs = {**history.rows.refs(BRANCH), **history.rows.refs(TAG)}
            if fresh:
                _make(folder)
            git.switch_off_drivers()
            if not fresh:
                check_untouched(git, map(_full, refs), frozenset(known.values()))
            return _export(git, _Writer(library, history, folder, large_files), refs, known)
    except (GitFailed, OSError, AudobonError) as error:
        if fresh:
            _remove(folder)
        if isinstance(error, GitFailed):
            raise OutputUnwritable(
                f"git could not write {folder}: {error}.",
                hint="name a folder that you may write to",
                path=str(folder),
            ) from error
        if isinstance(error, OSError):
            with output_errors(folder):
                raise
        raise


def _export(git: Git, writer: "_Writer", refs: dict[str, CommitId], known: dict[CommitId, str]) -> GitExport:
    """Raises GitFailed, OSError."""
    history, folder = writer.history, git.folder
    new = _new_commits(history, set(refs.values()), known)
    marks = folder / ".git" / f"{KNOWN_FILE}.marks"
    refuse_lock(git)
    words = ["fast-import", "--quiet", "--force", f"--export-marks={marks}"]
    with tempfile.TemporaryFile() as said:
        with git.start(words, subprocess.PIPE, said) as process:
            assert process.stdin is not None
            # git says on stderr why it stops reading.
            with contextlib.suppress(BrokenPipeError), process.stdin:
                writer.write(process.stdin, new, known)
        said.seek(0)
        if process.returncode:
            raise GitFailed(one_line(said.read()))
    names = _remember(folder, marks, [name for name, _ in new], known)
    # Only now, and all at once: killed before, the branches are where they were, and after, the next run knows them.
    with leaving(git):
        moved = "".join(f"update {_full(ref)} {names[target]}\n" for ref, target in refs.items())
        git.run("update-ref", "--no-deref", "--stdin", stdin=moved.encode())
        git.run("update-ref", "-d", "refs/audobon/export")
        stands = check_out(git, history.branch, [_full(ref) for ref in refs])
    return GitExport(folder, len(new), len(known), writer.files, stands, history.branch or "")


def _full(ref: str) -> str:
    """git's full name of one of our references."""
    return f"refs/{'heads' if ref.startswith(BRANCH) else 'tags'}/{ref.split('/', 1)[1]}"


def record_path(asset: AssetId) -> str:
    """Where an asset's record lies in the repository."""
    return f"{RECORDS}/{asset[:2]}/{asset}.json"


def picture_path(asset: AssetId, record: Record) -> str:
    """Where an asset's file lies in the repository."""
    return f"{PICTURES}/{asset[:2]}/{asset}.{record.get('content', {}).get('format', 'png')}"


def record_text(record: Record) -> bytes:
    """A record as people read it in a diff."""
    return (json.dumps(record, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def _is_fresh(folder: Path) -> bool:
    """Whether a repository is to be made. Raises InvalidInput for a folder that holds something else."""
    with output_errors(folder):
        if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
            return True
        if not (folder / ".git" / KNOWN_FILE).is_file():
            raise InvalidInput(f"{folder} is not empty and no export of ours.", hint="name a new folder")
    return False


def _known(folder: Path) -> dict[CommitId, str]:
    """What the repository holds of ours."""
    lines = (folder / ".git" / KNOWN_FILE).read_text(encoding="ascii", errors="replace").splitlines()
    if not all(_KNOWN_LINE.fullmatch(line) for line in lines):
        raise InvalidInput(f"{folder}/.git/{KNOWN_FILE} is damaged.", hint="export into a new folder")
    return {CommitId(line.split()[0]): line.split()[1] for line in lines}


def _make(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    # Templates of the account may bring hooks.
    Git(folder).run("init", "--quiet", "--template=", "--initial-branch=main", str(folder))


def _remove(folder: Path) -> None:
    """Take away what a first export that failed has made: the folder was empty or not there."""
    for path in list(folder.iterdir()) if folder.is_dir() else []:
        shutil.rmtree(path, ignore_errors=True)
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        folder.rmdir()


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
        self.history = history
        self._objects = folder / ".git" / "lfs" / "objects"
        self._large_files = large_files
        self.files = 0

    def write(self, out: IO[bytes], new: list[tuple[CommitId, Commit]], known: dict[CommitId, str]) -> None:
        """Write the stream of commits, which no branch has yet."""
        names = dict(known)
        for number, (name, commit) in enumerate(new, start=1):
            names[name] = f":{number}"
            out.write(b"".join(self._commit(number, name, commit, names)))

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
            before = self.history.rows.commit(commit.parents[0]).tree
        else:
            yield b"deleteall\n"
            if self._large_files:
                yield b"M 100644 inline .gitattributes\n" + _data(ATTRIBUTES.encode())
        for found in differences(self.history.rows.content, before, commit.tree):
            yield from self._asset(
                found.asset, self.history.rows.record(found.before), self.history.rows.record(found.after)
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
            current().replace(fresh, target)
        return POINTER.format(blob=blob, size=self._library.blobs.size(blob)).encode()


def _data(content: bytes) -> bytes:
    return b"data %d\n%s\n" % (len(content), content)


def _remember(
    folder: Path, marks: Path, new: list[CommitId], known: dict[CommitId, str]
) -> dict[CommitId, str]:
    """Note git's names of what was written, whole or not at all; they are returned with those of before."""
    named = dict(line.split() for line in marks.read_text(encoding="ascii").splitlines()) if new else {}
    names = {**known, **{name: named[f":{number}"] for number, name in enumerate(new, start=1)}}
    file = folder / ".git" / KNOWN_FILE
    fresh = file.with_name(f"{KNOWN_FILE}.new")
    fresh.write_text("".join(f"{ours} {git}\n" for ours, git in names.items()), encoding="ascii")
    current().replace(fresh, file)
    marks.unlink(missing_ok=True)
    return names
