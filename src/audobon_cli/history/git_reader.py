"""Reads a git repository that somebody else may have written, through git's plumbing."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from audobon_cli.domain.errors import ImportUnreadable
from audobon_cli.domain.foreign.text import plain
from audobon_cli.history.git_export import PICTURES
from audobon_cli.history.git_links import LinkedPictures
from audobon_cli.history.git_program import Git, GitFailed
from audobon_cli.history.store.objects import BRANCH, TAG

_PERSON = re.compile(r"(?P<name>.*?) ?<(?P<address>[^<>]*)> (?P<time>\d{1,20})(?: [+-]\d+)?")
_POINTER = re.compile(rb"version https://git-lfs\.github\.com/spec/v1\noid sha256:([0-9a-f]{64})\nsize \d+\n")
_ENCODING = re.compile(
    r"(?:iso[-_]?8859[-_]?\d{1,2}|latin[-_]?1|(?:windows|cp)[-_]?\d{3,4}|koi8[-_][ru]|shift[-_]?jis|euc[-_](?:jp|kr|cn)"
    r"|gb(?:k|2312|18030)|big5|us-ascii)",
    re.IGNORECASE,
)
"""Encodings that a commit may name (i18n.commitEncoding); all else is read as UTF-8, git's own."""

LAST_SECOND = 253_402_300_799
"""The end of the year 9999, the last that a date can be in."""


@dataclass(frozen=True, slots=True)
class GitCommit:
    """A commit as git has it: git's names of its parents; ``time`` is UTC in whole seconds."""

    parents: tuple[str, ...]
    author: str
    time: datetime
    message: str


LINK = "120000"
OTHERS = {LINK: "is a symbolic link, which is not followed", "160000": "is a submodule"}
"""What lies in git's trees besides files and folders, by its mode."""


class GitChange(NamedTuple):
    """A path, and the git object there now (None: gone); ``other`` says what is there in place of a file."""

    path: str
    target: str | None
    other: str


class GitReader:
    """Reads commits, references and files. Nothing that the repository's configuration names is run or reached."""

    def __init__(self, folder: Path) -> None:
        """Raises GitMissing; ImportUnreadable for what is no repository, and for partial clones."""
        self.folder = folder
        self.links = LinkedPictures(self.run, set())
        self._git = Git(folder)
        if not folder.is_dir():
            raise self._unreadable("there is no such folder")
        self._git_folder = Path(
            self.run("rev-parse", "--absolute-git-dir").decode(errors="surrogateescape").rstrip("\n")
        )
        if self._git.lacks_objects():
            raise ImportUnreadable(
                f"{folder} is a partial clone: some of its objects are elsewhere.",
                hint="clone it whole, without --filter, and import that",
            )

    def run(self, *words: str, stdin: bytes = b"") -> bytes:
        """What a git command prints. Raises ImportUnreadable."""
        try:
            return self._git.run(*words, stdin=stdin)
        except GitFailed as error:
            raise self._unreadable(str(error)) from error

    def _unreadable(self, why: str) -> ImportUnreadable:
        return ImportUnreadable(f"{self.folder} cannot be read: {why}", hint="name a git repository")

    def commits(self) -> list[str]:
        """Every commit of branches and tags, parents first."""
        return self.run("rev-list", "--topo-order", "--reverse", "--branches", "--tags").decode().split()

    def refs(self) -> tuple[dict[str, str], tuple[str, ...]]:
        """Branches and tags under our names for them with git's commits, and the tags of what is no commit."""
        listed = self.run("for-each-ref", "--format=%(refname)", "refs/heads", "refs/tags")
        names = listed.decode("utf-8", "surrogateescape").splitlines()
        asked = "".join(f"{name}^{{commit}}\n" for name in names).encode("utf-8", "surrogateescape")
        answers = self.run("cat-file", "--batch-check=%(objectname) %(objecttype)", stdin=asked).decode(
            "utf-8", "surrogateescape"
        )
        found: dict[str, str] = {}
        left_out: list[str] = []
        for full, answer in zip(names, answers.splitlines(), strict=True):
            kind, name = plain(full).removeprefix("refs/").split("/", 1)
            target, _, sort = answer.rpartition(" ")
            if sort == "commit":
                found[(BRANCH if kind == "heads" else TAG) + name] = target
            else:
                left_out.append(name)
        return found, tuple(left_out)

    def head(self) -> str | None:
        """The branch that the repository is on."""
        try:
            return self._git.run("symbolic-ref", "--short", "HEAD").decode("utf-8", "replace").strip() or None
        except GitFailed:
            return None

    def commit(self, name: str) -> GitCommit:
        """A commit. Raises ImportUnreadable for one without an author or with a date that is none."""
        content = self.run("cat-file", "commit", name)
        head, _, message = content.partition(b"\n\n")
        fields = [line.split(b" ", 1) for line in head.split(b"\n") if b" " in line]
        named = next(
            (value.decode("ascii", "replace") for key, value in fields if key == b"encoding"), "utf-8"
        )
        encoding = named if _ENCODING.fullmatch(named) else "utf-8"
        authors = [_text(value, encoding) for key, value in fields if key == b"author"]
        author = _PERSON.fullmatch(authors[0]) if authors else None
        if author is None:
            raise ImportUnreadable(
                f"The commit {name[:10]} has no author.", hint="look at it with `git cat-file commit`"
            )
        seconds = int(author["time"])
        if seconds > LAST_SECOND:
            raise ImportUnreadable(
                f"The commit {name[:10]} is dated {seconds} seconds after 1970, which is no date.",
                hint="give it another date with `git commit --amend --date`, and import again",
            )
        parents = tuple(value.decode("ascii", "replace") for key, value in fields if key == b"parent")
        return GitCommit(
            parents, author["name"], datetime.fromtimestamp(seconds, UTC), _text(message, encoding).strip()
        )

    def changes(self, name: str, parent: str | None) -> Iterator[GitChange]:
        """Paths that a commit changed against its first parent; what is no file (a submodule, a link) is gone."""
        words = ("--root", name) if parent is None else (parent, name)
        options = ("-r", "-z", "--no-renames", "--no-commit-id", "--no-ext-diff", "--no-textconv")
        listed = self.run("diff-tree", *options, *words).decode("utf-8", "surrogateescape").split("\0")
        for entry, path in zip(listed[::2], listed[1::2], strict=False):
            _, mode, _, target, status = entry.split(" ")
            other = "" if status == "D" or mode.startswith("100") else OTHERS.get(mode, "is no file")
            yield GitChange(path, None if status == "D" or other else target, other)

    def content(self, target: str) -> bytes:
        """The content of a git object."""
        return self.run("cat-file", "blob", target)

    def pictures(self, names: list[str]) -> Iterator[bytes]:
        """The bytes of every picture of every commit, once each, those behind symbolic links within its tree too."""
        seen: set[str] = set()
        self.links = LinkedPictures(self.run, seen)
        for name in names:
            parents = self.commit(name).parents
            for path, target, other in self.changes(name, parents[0] if parents else None):
                if other == OTHERS[LINK]:
                    self.links.add(path)
                if target is not None and path.startswith(f"{PICTURES}/") and target not in seen:
                    seen.add(target)
                    yield self._picture(path, self.content(target))
            for path, target in self.links.objects(name):
                yield self._picture(path, self.content(target))

    def _picture(self, path: str, content: bytes) -> bytes:
        pointer = _POINTER.fullmatch(content)
        if pointer is None:
            return content
        blob = pointer[1].decode()
        file = self._git_folder.joinpath("lfs", "objects", blob[:2], blob[2:4], blob)
        try:
            # A pipe in its place would be waited for.
            found = file.read_bytes() if file.is_file() else None
        except OSError:
            found = None
        if found is None:
            raise ImportUnreadable(
                f"The picture {path} is not in the repository's LFS store.",
                hint=f"run `git -C {self.folder} lfs fetch --all`",
            )
        if hashlib.sha256(found).hexdigest() != blob:
            raise ImportUnreadable(
                f"The picture {path} is damaged.", hint=f"run `git -C {self.folder} lfs fsck`"
            )
        return found


def _text(content: bytes, encoding: str) -> str:
    try:
        return plain(content.decode(encoding, "replace"))
    except LookupError:
        return plain(content.decode("utf-8", "replace"))
