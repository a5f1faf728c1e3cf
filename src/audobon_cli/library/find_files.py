"""Finding the picture files that paths, folders and globs mean."""

import glob
import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.media.registry import found_suffixes, starts_as_file

_WILD = frozenset("*?[")
LITTER = frozenset({"__macosx", "@eadir", "$recycle.bin", "system volume information", "lost+found"})
"""Folders, in lower case, that unpackers, servers and systems make beside what is the user's own."""
UNFINISHED = frozenset({".part", ".crdownload", ".download", ".partial", ".opdownload", ".tmp"})
HEAD_BYTES = 4096


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file, and the folder it lies in below the one that was named ("" for that folder itself)."""

    path: Path
    folder: str = ""


def find_files(paths: Iterable[str]) -> list[FoundFile]:
    """The files that ``paths`` mean, each once, in a stable order.

    Of folders those with a suffix of a medium's files, and others whose first bytes are a medium's, at any depth;
    hidden folders are passed over, and what systems and browsers leave behind: LITTER, a Mac's ``._`` files, copies
    of editors (``~``), downloads that are not finished. A pattern (``*``, ``?``, ``**``) is tried when no file has its
    name. Raises InvalidInput for what matches nothing.
    """
    found: dict[str, FoundFile] = {}
    for text in paths:
        path = Path(text).expanduser()
        matches = [path]
        if not path.exists() and _WILD & set(text):
            matches = [Path(one) for one in sorted(glob.glob(str(path), recursive=True))]
        if not matches or not os.path.lexists(matches[0]):
            raise InvalidInput(f"There is no file or folder {text}.", hint="check the path", path=text)
        for match in matches:
            for file in _within(match) if match.is_dir() else [FoundFile(match)]:
                found.setdefault(os.path.abspath(file.path), file)
    return list(found.values())


def _within(top: Path) -> list[FoundFile]:
    found, suffixes = [], found_suffixes()
    for folder, folders, names in os.walk(top):
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and name.lower() not in LITTER
        )
        below = Path(folder).relative_to(top).as_posix()
        found += [
            FoundFile(Path(folder, name), "" if below == "." else below)
            for name in sorted(names)
            if _is_wanted(os.path.join(folder, name), name, suffixes)
        ]
    return found


def _is_wanted(path: str, name: str, suffixes: frozenset[str]) -> bool:
    """Whether the file ``name`` of a folder is to be taken: by its ending, else by what it begins with."""
    ending = os.path.splitext(name)[1].lower()
    try:
        regular = stat.S_ISREG(os.stat(path).st_mode)
    except OSError:  # gone, or a link to nowhere: reading it says so
        return ending in suffixes
    if not regular or name.endswith("~") or ending in UNFINISHED:
        return False
    if ending in suffixes and not name.startswith("._"):
        return True
    try:
        with open(path, "rb", buffering=0) as stream:
            head = stream.read(HEAD_BYTES)
    except OSError:
        return False
    # Pages and programs have drawings in them: without the ending only what begins as one is one.
    drawing = head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"<svg", b"<?xml"))
    return starts_as_file(head) and (drawing or b"<svg" not in head or not head.lstrip().startswith(b"<"))
