"""What is backed up beside the library."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audobon_cli.models.source import Manifest


@dataclass(frozen=True, slots=True)
class Extras:
    """Files by the path that they get, and models by their manifests."""

    files: tuple[tuple[str, Path], ...] = ()
    models: "tuple[Manifest, ...]" = ()
