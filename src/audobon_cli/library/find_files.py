"""Finding the picture files that paths, folders and globs mean."""

import glob
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.media.registry import found_suffixes

_WILD = frozenset("*?[")


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file, and the folder it lies in below the one that was named ("" for that folder itself)."""

    path: Path
    folder: str = ""


def find_files(paths: Iterable[str]) -> list[FoundFile]:
    """The files that ``paths`` mean, each once, in a stable order.

    Of folders those with a suffix of a medium's files, at any depth; hidden folders are passed over. A pattern
    (``*``, ``?``, ``**``) is tried when no file has its name. Raises InvalidInput for what matches nothing.
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
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        below = Path(folder).relative_to(top).as_posix()
        found += [
            FoundFile(Path(folder, name), "" if below == "." else below)
            for name in sorted(names)
            if os.path.splitext(name)[1].lower() in suffixes
        ]
    return found
