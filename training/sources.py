"""The pinned sources of the training data and of the text encoder, as `sources.toml` lists them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

SOURCES_FILE = Path(__file__).with_name("sources.toml")


@dataclass(frozen=True, slots=True)
class Source:
    """One package that the recipe reads.

    Attributes:
        key: Short name used by the other modules ("noto", "minilm").
        package: Name in its registry.
        version: Exact version.
        sha256: Digest of the tarball, lower-case hex.
        licence: SPDX identifier of what we use from it.
        attribution: The line that the licence or courtesy asks for.
        style: Word that captions use for this family's look; empty where the package holds no pictures.
        look: What that word means, for people.
        treatment: "outlined" for pictures that are made into line drawings first.
        registry: Where the package is: "npm", or "debian" for a source package.
    """

    key: str
    package: str
    version: str
    sha256: str
    licence: str
    attribution: str
    style: str = ""
    look: str = ""
    treatment: str = ""
    registry: str = "npm"

    def folder(self, work: Path) -> Path:
        """Return the folder under the work directory that `fetch.py` unpacks this package into."""
        return work / "packages" / self.key

    @property
    def holds_icons(self) -> bool:
        """Whether the package holds pictures of concepts, all in one style."""
        return bool(self.style) and self.registry == "npm"


def read_sources(path: Path = SOURCES_FILE) -> dict[str, Source]:
    """Read the source list; keys keep the order of the file.

    Raises:
        TypeError: An entry lacks a field or has one too many.
    """
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    return {key: Source(key=key, **fields) for key, fields in table.items()}
