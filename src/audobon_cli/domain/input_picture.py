"""A picture of the user's own that a request works from."""

from dataclasses import dataclass
from pathlib import Path

from audobon_cli.domain.ids import BlobId


@dataclass(frozen=True, slots=True)
class InputPicture:
    """The picture at ``path``, whose bytes are those of ``blob``; sizes in pixels as stored."""

    path: Path
    blob: BlobId
    width: int
    height: int
