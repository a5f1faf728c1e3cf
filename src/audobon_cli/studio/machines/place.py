"""What the view of the machine looks at."""

from pathlib import Path
from typing import Protocol

from audobon_cli.doctor.checks import CheckContext
from audobon_cli.monitoring.health import WatchedPlace
from audobon_cli.providers.registry import ProviderRegistry
from audobon_cli.settings.locations import Locations
from audobon_cli.vram.access import ForecastAccess


class MachinePlace(CheckContext, WatchedPlace, Protocol):
    """A workspace."""

    @property
    def locations(self) -> Locations: ...
    @property
    def existing_library_path(self) -> Path: ...
    @property
    def providers(self) -> ProviderRegistry: ...
    @property
    def vram(self) -> ForecastAccess: ...
