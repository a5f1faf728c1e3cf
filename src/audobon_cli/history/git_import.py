"""History from a git repository that `export-git` wrote, or that somebody went on with."""

import hashlib
import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from audobon_cli.domain.errors import ImportUnreadable, VersionState
from audobon_cli.domain.ids import AssetId, BlobId
from audobon_cli.history.git_export import ORIGIN, RECORDS, find_git
from audobon_cli.history.model.commits import Commit, CommitId
from audobon_cli.history.model.graph import is_ancestor
from audobon_cli.history.model.records import ObjectHash, Record, blob_of
from audobon_cli.history.model.tree import NOTHING
from audobon_cli.history.store.objects import BRANCH, TAG
from audobon_cli.history.worktree import History, operation
from audobon_cli.library.store.library import Library

_PERSON = re.compile(r"(?P<name>.*?) <(?P<address>.*?)> (?P<time>\d+) [+-]\d{4}")
_POINTER = re.compile(rb"version https://git-lfs\.github\.com/spec/v1\noid sha256:([0-9a-f]{64})\nsize \d+\n")


@dataclass(frozen=True, slots=True)
class GitImport:
    """What came in. ``renamed`` are branches that went elsewhere here, and the names they got instead."""

    commits: int
    branches: tuple[str, ...]
    tags: tuple[str, ...]
    renamed: dict[str, str]


def import_git(library: Library, folder: Path) -> GitImport:
    """Take in every branch and tag of a repository, with their pictures; all or nothing.

    A branch that is here too is moved forward if it only lags behind, else comes in as NAME-imported. An empty
    library is brought to the repository's own branch; any other stays where it is. Raises ImportUnreadable for a
    repository without records of ours or with missing pictures, GitMissing.
    """
    reader = _Reader(find_git(), folder)
    names = reader.commits()
    with library.pinned():
        stored = set(library.blobs.put_many(reader.pictures(names)))
        with operation(library, f"import-git {folder.name}") as history:
            known = _add_commits(history, reader, names, stored | set(library.blobs))
            return _set_refs(history, reader, known)


class _Reader:
    """Reads a repository through git's plumbing."""

    def __init__(self, git: str, folder: Path) -> None:
        self._git = [git, "-C", str(folder)]
        self.folder = folder

    def run(self, *words: str) -> bytes:
        """What a git command prints. Raises ImportUnreadable."""
        ran = subprocess.run([*self._git, *words], capture_output=True, check=False)
        if ran.returncode:
            said = ran.stderr.decode(errors="replace").strip()
            raise ImportUnreadable(f"{self.folder} cannot be read: {said}", hint="name a git repository")
        return ran.stdout

    def commits(self) -> list[str]:
        """Every commit of branches and tags, parents first."""
        return self.run("rev-list", "--topo-order", "--reverse", "--branches", "--tags").decode().split()

    def refs(self) -> dict[str, str]:
        """Branches and tags under our names for them, and git's commits."""
        form = "%(refname) %(objectname) %(*objectname)"
        lines = self.run("for-each-ref", f"--format={form}", "refs/heads", "refs/tags").decode().splitlines()
        found: dict[str, str] = {}
        for line in lines:
            ref, target, *peeled = line.split()
            kind, name = ref.removeprefix("refs/").split("/", 1)
            found[(BRANCH if kind == "heads" else TAG) + name] = peeled[0] if peeled else target
        return found

    def head(self) -> str | None:
        """The branch that the repository is on."""
        ran = subprocess.run(
            [*self._git, "symbolic-ref", "--short", "HEAD"], capture_output=True, check=False
        )
        return ran.stdout.decode().strip() or None

    def commit(self, name: str) -> tuple[list[str], str, datetime, str]:
        """Parents, author, time and message of a commit."""
        head, _, message = self.run("cat-file", "commit", name).decode().partition("\n\n")
        fields = [line.split(" ", 1) for line in head.splitlines() if " " in line]
        author = next(_PERSON.fullmatch(value) for key, value in fields if key == "author")
        if author is None:
            raise ImportUnreadable(
                f"The commit {name[:10]} has no author.", hint="look at it with `git show`"
            )
        time = datetime.fromtimestamp(int(author["time"]), UTC)
        parents = [value for key, value in fields if key == "parent"]
        return parents, author["name"], time, message.strip()

    def changes(self, name: str, parent: str | None) -> Iterator[tuple[str, str | None]]:
        """Paths that a commit changed against its first parent, and the git object there now (None: gone)."""
        words = ("--root", name) if parent is None else (parent, name)
        listed = (
            self.run("diff-tree", "-r", "-z", "--no-renames", "--no-commit-id", *words).decode().split("\0")
        )
        for entry, path in zip(listed[::2], listed[1::2], strict=False):
            _, _, _, target, status = entry.split(" ")
            yield path, None if status == "D" else target

    def content(self, target: str) -> bytes:
        """The content of a git object."""
        return self.run("cat-file", "blob", target)

    def pictures(self, names: list[str]) -> Iterator[bytes]:
        """The bytes of every picture of every commit, once each."""
        seen: set[str] = set()
        for name in names:
            parents = self.commit(name)[0]
            for path, target in self.changes(name, parents[0] if parents else None):
                if target is not None and path.startswith("pictures/") and target not in seen:
                    seen.add(target)
                    yield self._picture(path, self.content(target))

    def _picture(self, path: str, content: bytes) -> bytes:
        pointer = _POINTER.fullmatch(content)
        if pointer is None:
            return content
        blob = pointer[1].decode()
        file = Path(
            self.run("rev-parse", "--absolute-git-dir").decode().strip(),
            "lfs",
            "objects",
            blob[:2],
            blob[2:4],
            blob,
        )
        try:
            found = file.read_bytes()
        except OSError as error:
            raise ImportUnreadable(
                f"The picture {path} is not in the repository's LFS store.",
                hint=f"run `git -C {self.folder} lfs fetch --all`",
            ) from error
        if hashlib.sha256(found).hexdigest() != blob:
            raise ImportUnreadable(
                f"The picture {path} is damaged.", hint=f"run `git -C {self.folder} lfs fsck`"
            )
        return found


def _add_commits(
    history: History, reader: _Reader, names: list[str], blobs: set[BlobId]
) -> dict[str, tuple[CommitId, ObjectHash]]:
    known: dict[str, tuple[CommitId, ObjectHash]] = {}
    for name in names:
        parents, author, time, message = reader.commit(name)
        changes: dict[AssetId, ObjectHash | None] = {}
        objects: dict[ObjectHash, bytes] = {}
        for path, target in reader.changes(name, parents[0] if parents else None):
            if path.startswith(f"{RECORDS}/") and path.endswith(".json"):
                record = None if target is None else _record(path, reader.content(target), blobs)
                changes[AssetId(PurePosixPath(path).stem)] = history.add_record(objects, record)
        tree = history.store_tree(known[parents[0]][1] if parents else NOTHING, changes, objects)
        text = "\n".join(line for line in message.splitlines() if not line.startswith(ORIGIN)).strip()
        ours = tuple(known[parent][0] for parent in parents)
        known[name] = history.rows.add_commit(Commit(tree, ours, author, time, text)), tree
    if not any(tree != NOTHING for _, tree in known.values()):
        raise ImportUnreadable(
            f"{reader.folder} holds no records of assets.",
            hint="`audobon assets import` takes in plain pictures",
        )
    return known


def _record(path: str, content: bytes, blobs: set[BlobId]) -> Record:
    try:
        record: Record = json.loads(content)
        missing = blob_of(record) not in blobs
    except (ValueError, KeyError, TypeError) as error:
        raise ImportUnreadable(
            f"The record {path} cannot be read: {error}", hint="mend it and import again"
        ) from error
    if missing:
        raise ImportUnreadable(
            f"The picture that {path} names is missing.", hint="export the repository again"
        )
    return record


def _set_refs(history: History, reader: _Reader, known: dict[str, tuple[CommitId, ObjectHash]]) -> GitImport:
    own = history.rows.refs()
    renamed: dict[str, str] = {}
    empty = history.head is None and not history.changes()
    branches: list[str] = []
    tags: list[str] = []
    for ref, target in reader.refs().items():
        commit = known[target][0]
        name = ref
        if ref in own and own[ref] != commit:
            current = history.branch is not None and ref == BRANCH + history.branch
            if current or not is_ancestor(history.rows.commit, own[ref], commit):
                name = f"{ref}-imported"
                renamed[ref] = name
        history.rows.set_ref(name, commit)
        (branches if ref.startswith(BRANCH) else tags).append(name.split("/", 1)[1])
    head = reader.head()
    if empty and head is not None and BRANCH + head in history.rows.refs():
        history.rows.set_state("branch", head)
        history.forget_changes()
        history.move_library(NOTHING, history.tree)
    elif not empty and history.head is None:
        raise VersionState(
            "The library holds assets that were never committed.",
            hint="`audobon version commit -m TEXT` first",
        )
    return GitImport(len(known), tuple(branches), tuple(tags), renamed)
