"""Are there wheels of every dependency, and of theirs, for Windows, macOS and Linux? Asked of the registry.

Run from the repository: ``python bench/wheels.py``, with ``--extra NAME`` for optional ones, ``--python 3.13`` for
another Python. The registry is that of pip's configuration, or ``--index ADDRESS`` (a simple index). Nothing is
installed, and of wheels only the metadata is fetched. Prints a table, and ends with status 1 where one is missing.

A resolver it is not: of each package it takes the newest version that the one requirement allows that led to it.
"""

import argparse
import io
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from email.parser import HeaderParser
from pathlib import Path
from urllib.parse import urljoin

import requests
from packaging.requirements import Requirement
from packaging.tags import Tag, compatible_tags, cpython_tags, mac_platforms
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
from packaging.version import Version

ROOT = Path(__file__).parents[1]
JSON = "application/vnd.pypi.simple.v1+json"
GLIBC = range(40, 4, -1)
"""Minor versions of glibc 2 that wheels for Linux are built against; 2.40 is of 2024."""


@dataclass(frozen=True)
class Target:
    """A system that wheels are looked for: its ``platforms``, the best first, and its environment markers."""

    name: str
    platforms: tuple[str, ...]
    markers: dict[str, str]

    def tags(self, python: tuple[int, int]) -> frozenset[Tag]:
        """What a wheel may be tagged with."""
        return frozenset(
            [
                *cpython_tags(python, platforms=self.platforms),
                *compatible_tags(python, platforms=self.platforms),
            ]
        )


TARGETS = (
    Target(
        "Windows x86-64",
        ("win_amd64",),
        {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt", "platform_machine": "AMD64"},
    ),
    Target(
        "macOS 14 arm64",
        tuple(mac_platforms((14, 0), "arm64")),
        {
            "sys_platform": "darwin",
            "platform_system": "Darwin",
            "os_name": "posix",
            "platform_machine": "arm64",
        },
    ),
    Target(
        "Linux x86-64",
        (*(f"manylinux_2_{minor}_x86_64" for minor in GLIBC), "manylinux2014_x86_64", "linux_x86_64"),
        {
            "sys_platform": "linux",
            "platform_system": "Linux",
            "os_name": "posix",
            "platform_machine": "x86_64",
        },
    ),
)


@dataclass
class Registry:
    """A simple index, each page of which is fetched once."""

    index: str
    session: requests.Session = field(default_factory=requests.Session)
    pages: dict[str, list[dict[str, object]]] = field(default_factory=dict)

    def files(self, name: str) -> list[dict[str, object]]:
        """All files of the package ``name``."""
        if name not in self.pages:
            address = f"{self.index.rstrip('/')}/{name}/"
            answer = self.session.get(address, headers={"Accept": JSON}, timeout=60)
            answer.raise_for_status()
            self.pages[name] = [
                {**file, "url": urljoin(answer.url, file["url"])} for file in answer.json()["files"]
            ]
        return self.pages[name]

    def metadata(self, file: dict[str, object]) -> list[str]:
        """What a wheel requires: told by the file beside it, else by the wheel itself, of which little is fetched."""
        answer = self.session.get(f"{file['url']}.metadata", timeout=60)
        text = answer.text if answer.ok else self._inside(str(file["url"]))
        return HeaderParser().parsestr(text).get_all("Requires-Dist") or []

    def _inside(self, address: str) -> str:
        with zipfile.ZipFile(RemoteFile(self.session, address)) as wheel:
            name = next(name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
            return wheel.read(name).decode("utf-8")


class RemoteFile(io.RawIOBase):
    """A file at ``address``, of which only what is read is fetched."""

    def __init__(self, session: requests.Session, address: str) -> None:
        self._session, self._address, self._place = session, address, 0
        answer = session.head(address, timeout=60, allow_redirects=True)
        answer.raise_for_status()
        self._size = int(answer.headers["Content-Length"])

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._place = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._size}[whence]
        return self._place

    def read(self, count: int = -1) -> bytes:
        end = self._size if count < 0 else min(self._size, self._place + count)
        if end <= self._place:
            return b""
        wanted = {"Range": f"bytes={self._place}-{end - 1}"}
        answer = self._session.get(self._address, headers=wanted, timeout=60)
        answer.raise_for_status()
        if answer.status_code != 206:
            raise OSError(f"{self._address}: the registry gives no parts of files")
        self._place = end
        return answer.content


def newest(
    registry: Registry, wanted: Requirement, tags: frozenset[Tag]
) -> tuple[Version, dict[str, object]] | None:
    """The newest release with a wheel that has one of ``tags``."""
    found = []
    for file in registry.files(canonicalize_name(wanted.name)):
        try:
            _, version, _, of_wheel = parse_wheel_filename(str(file["filename"]))
        except InvalidWheelFilename:
            continue
        if wanted.specifier.contains(version) and of_wheel & tags and not file.get("yanked"):
            found.append((version, file))
    return max(found, key=lambda each: each[0], default=None)


def walk(
    registry: Registry, wanted: Iterable[Requirement], target: Target, python: str
) -> Iterator[tuple[str, str]]:
    """Every package that an installation on ``target`` needs, and its version, "" where there is no wheel."""
    tags = target.tags(tuple(map(int, python.split("."))))  # type: ignore[arg-type]
    markers = {**target.markers, "python_version": python, "python_full_version": f"{python}.0"}
    waiting, seen = list(wanted), set()
    while waiting:
        one = waiting.pop()
        name = canonicalize_name(one.name)
        extras = {"", *one.extras}
        if (name, frozenset(extras)) in seen:
            continue
        seen.add((name, frozenset(extras)))
        found = newest(registry, one, tags)
        yield name, str(found[0]) if found else ""
        for line in registry.metadata(found[1]) if found else ():
            below = Requirement(line)
            if any(
                below.marker is None or below.marker.evaluate({**markers, "extra": extra}) for extra in extras
            ):
                waiting.append(below)


def requirements(extras: Iterable[str]) -> list[Requirement]:
    """The project's own dependencies, with those of ``extras``."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = [
        *project["dependencies"],
        *(line for extra in extras for line in project["optional-dependencies"][extra]),
    ]
    return [found for found in map(Requirement, lines) if canonicalize_name(found.name) != project["name"]]


def pip_index() -> str:
    """The registry of pip's configuration, else the one that pip asks by itself."""
    configured = (sys.executable, "-m", "pip", "config", "get", "global.index-url")
    own = (sys.executable, "-c", "from pip._internal.models.index import PyPI; print(PyPI.simple_url)")
    asked = (
        subprocess.run(words, capture_output=True, text=True, check=False) for words in (configured, own)
    )
    return next((answer.stdout.strip() for answer in asked if answer.stdout.strip()), "")


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--index", default=pip_index(), help="address of a simple index")
    parser.add_argument("--python", default="3.12", help="version of Python, as 3.12")
    parser.add_argument("--extra", action="append", default=[], help="optional dependencies, too")
    given = parser.parse_args()
    if not given.index:
        parser.error("pip's configuration names no registry: give --index")
    registry = Registry(given.index)
    own = requirements(given.extra)
    found = {target.name: dict(walk(registry, own, target, given.python)) for target in TARGETS}
    print(f"| package, CPython {given.python} | {' | '.join(found)} |\n|{' --- |' * (len(found) + 1)}")
    missing = 0
    for name in sorted({name for versions in found.values() for name in versions}):
        cells = [versions.get(name) for versions in found.values()]
        missing += cells.count("")
        print(f"| {name} | {' | '.join('not needed' if c is None else c or '**none**' for c in cells)} |")
    print(f"\n{missing} missing", file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
