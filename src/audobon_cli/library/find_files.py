"""Finding the picture files that paths, folders and globs mean."""

import glob
import os
import re
from collections.abc import Iterable, Iterator
from operator import attrgetter
from pathlib import Path

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.foreign.documents import HEAD_BYTES
from audobon_cli.media.registry import found_suffixes, is_recognised

_WILD = frozenset("*?[")

LITTER_FOLDERS = frozenset(
    {"__macosx", "$recycle.bin", "recycler", "system volume information", "#recycle", "@eadir", "lost+found"}
)
"""What Macs, Windows and network disks leave among a user's folders: resource forks, thrown away files, thumbnails."""

UNFINISHED = frozenset({".part", ".partial", ".crdownload", ".download", ".opdownload", ".tmp", ".bak"})
"""Endings of files that something is still writing, or has put aside."""

_PAGE = re.compile(rb"<(?:!doctype\s+)?html\b", re.IGNORECASE)
"""A web page, which may hold an SVG and is none."""


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file, and the folder it lies in below the one that was named ("" for that folder itself)."""

    path: Path
    folder: str = ""


@dataclass(frozen=True, slots=True)
class SearchBounds:
    """How much a search of folders may find and look at before it is taken for a mistake: files that are found, and
    files and folders altogether."""

    found: int
    walked: int


def find_files(paths: Iterable[str], bounds: SearchBounds | None = None) -> list[FoundFile]:
    """The files that ``paths`` mean, each once, in a stable order.

    Of folders those with a suffix of a medium's files, at any depth, and those that begin as such a file does whatever
    their suffix; of hidden files the latter alone. Hidden folders and those of LITTER_FOLDERS are passed over; a folder
    that cannot be read is given itself, so that reading it says why. A pattern (``*``, ``?``, ``**``) is tried when no
    file has its name. Raises InvalidInput for what matches nothing, and for what holds more than ``bounds``.
    """
    found: dict[str, FoundFile] = {}
    for text in paths:
        if not text:  # as of a variable that is not set: it is not this folder
            raise InvalidInput(
                "An empty text names no file or folder.", hint="write . for this folder", path=text
            )
        path = Path(text).expanduser()
        matches = [path]
        if not path.exists() and _WILD & set(text):
            matches = [Path(one) for one in sorted(glob.glob(str(path), recursive=True))]
        if not matches or not os.path.lexists(matches[0]):
            raise InvalidInput(f"There is no file or folder {text}.", hint="check the path", path=text)
        for match in matches:
            place = os.path.abspath(match)
            for below, file in _within(match, bounds) if match.is_dir() else [("", FoundFile(match))]:
                found.setdefault(os.path.join(place, below) if below else place, file)
                if bounds is not None and len(found) > bounds.found:
                    raise _too_many(match, f"more than {bounds.found:,} pictures")
    return list(found.values())


def _too_many(folder: Path, what: str) -> InvalidInput:
    return InvalidInput(
        f"{folder} holds {what}.", hint="name a folder of the pictures alone", path=str(folder)
    )


def _within(top: Path, bounds: SearchBounds | None = None) -> Iterator[tuple[str, FoundFile]]:
    """The files below ``top``, each with its path from there on; what a folder holds itself before its folders."""
    pending = [""]
    walked = 0
    while pending:
        below = pending.pop()
        folder = top / below
        try:
            with os.scandir(folder) as scan:
                entries = sorted(scan, key=attrgetter("name"))
        except OSError:
            yield below, FoundFile(folder)
            continue
        walked += len(entries)
        if bounds is not None and walked > bounds.walked:
            raise _too_many(top, f"more than {bounds.walked:,} files and folders")
        folders, shown = [], Path(below).as_posix() if below else ""
        for entry in entries:
            if _is_folder(entry):
                folders.append(entry)
            elif _is_medium(entry):
                yield os.path.join(below, entry.name), FoundFile(folder / entry.name, shown)
        pending += [
            os.path.join(below, entry.name)
            for entry in reversed(folders)
            if not entry.is_symlink() and not _passed_over(entry.name)
        ]


def _passed_over(folder: str) -> bool:
    return folder.startswith(".") or folder.lower() in LITTER_FOLDERS


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _is_medium(entry: "os.DirEntry[str]") -> bool:
    """Whether a file of a folder is one of a medium's: by its suffix, else by how it begins."""
    name = entry.name
    suffix = os.path.splitext(name)[1].lower()
    try:
        if suffix in found_suffixes() and not name.startswith("."):
            return entry.is_file() or not os.path.exists(entry.path)
        if suffix in UNFINISHED or name.endswith("~"):
            return False
        if not entry.is_file():  # opening a pipe would wait for its writer
            return False
        with open(entry.path, "rb", buffering=0) as file:
            head = file.read(HEAD_BYTES)
    except OSError:
        return False
    return is_recognised(head) and _PAGE.search(head) is None
