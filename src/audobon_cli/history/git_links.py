"""Pictures of a git repository that are symbolic links: followed within its tree, and never out of it."""

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import PurePosixPath

from audobon_cli.history.git_export import PICTURES
from audobon_cli.history.imported_records import asset_id

Run = Callable[..., bytes]
"""Runs a git command and gives what it prints: see GitReader.run."""

_OBJECT = re.compile(rb"([0-9a-f]{40,64}) (blob|tree) \d+")
_LOST = {
    b"dangling": "a symbolic link to what is not in the repository",
    b"loop": "a symbolic link that leads round in a circle",
    b"notdir": "a symbolic link through a file that is no folder",
}
"""What `git cat-file --follow-symlinks` says of a link that leads to nothing (git-cat-file(1), "OUTPUT")."""


class LinkedPictures:
    """Follows the links below ``pictures/``, commit by commit; the pictures behind them are given once each.

    ``lost`` has the links that lead to nothing here, each with what it is.
    """

    def __init__(self, run: Run, seen: set[str]) -> None:
        """``seen`` are git's names of objects that are not given any more."""
        self.lost: dict[str, str] = {}
        self._run = run
        self._seen = seen
        self._links: set[str] = set()

    def add(self, path: str) -> None:
        """From now on ``path``, a symbolic link, is looked at in every commit: what lies behind it may change alone."""
        if (path == PICTURES or path.startswith(f"{PICTURES}/")) and "\n" not in path:
            self._links.add(path)

    def objects(self, commit: str) -> Iterator[tuple[str, str]]:
        """The paths in ``commit`` of pictures behind links, with their objects; of folders those that are called as
        assets are."""
        pending = sorted(self._links)
        while pending:
            inner: list[str] = []
            for path, kind, target in self._followed(commit, pending):
                if not target or target in self._seen:
                    continue
                self._seen.add(target)
                if kind == b"blob":
                    yield path, target
                elif kind == b"tree":
                    for name, mode, below in self._files(target):
                        if mode == "120000":
                            inner.append(f"{path}/{name}")
                        elif below not in self._seen:
                            self._seen.add(below)
                            yield f"{path}/{name}", below
            pending = inner

    def why_missing(self, asset: str) -> str:
        """Why the picture of ``asset`` is not there, if a link is to blame; else ""."""
        for path, what in sorted(self.lost.items()):
            named = PurePosixPath(path).stem == asset
            if named or path in (PICTURES, f"{PICTURES}/{asset[:2]}"):
                return f"{path} is {what}"
        return ""

    def _followed(self, commit: str, paths: Iterable[str]) -> Iterator[tuple[str, bytes, str]]:
        """Kind and object of what lies behind each of ``paths``; no object where nothing does."""
        asked = list(paths)
        stdin = "".join(f"{commit}:{path}\n" for path in asked).encode("utf-8", "surrogateescape")
        said = self._run("cat-file", "--batch-check", "--follow-symlinks", stdin=stdin)
        place = 0
        for path in asked:
            line, _, _ = said[place:].partition(b"\n")
            place += len(line) + 1
            first, _, size = line.partition(b" ")
            if first != b"symlink" and first not in _LOST:
                # No match: that it is missing, as from where the link is gone again.
                there = _OBJECT.fullmatch(line)
                yield path, there[2] if there else b"", there[1].decode() if there else ""
                continue
            text = said[place : place + int(size)]
            place += int(size) + 1
            shown = text.decode("utf-8", "replace")
            outward = f"a symbolic link that leads out of the repository, to {shown}"
            self.lost[path] = _LOST.get(first, outward)
            yield path, first, ""

    def _files(self, tree: str) -> Iterator[tuple[str, str, str]]:
        """Names, modes and objects of the files and links in a folder that are called as assets are."""
        listed = self._run("ls-tree", "-r", "-z", tree).decode("utf-8", "surrogateescape").split("\0")
        for entry in filter(None, listed):
            facts, _, name = entry.partition("\t")
            mode, _, target = facts.split(" ")
            if (
                (mode == "120000" or mode.startswith("100"))
                and "\n" not in name
                and _is_called_as_an_asset(name)
            ):
                yield name, mode, target


def _is_called_as_an_asset(name: str) -> bool:
    try:
        asset_id(PurePosixPath(name).stem)
    except ValueError:
        return False
    return True
