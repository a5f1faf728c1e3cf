"""What the page shows: a library, and where its metrics lie."""

from pathlib import Path
from typing import Protocol

from audobon_cli.library.store.library import Library
from audobon_cli.settings.locations import Locations


class StudioPlace(Protocol):
    """What the studio reads: a workspace."""

    @property
    def locations(self) -> Locations: ...
    @property
    def library_path(self) -> Path: ...
    @property
    def library(self) -> Library: ...
