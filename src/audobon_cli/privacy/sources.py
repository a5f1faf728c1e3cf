"""Where the program keeps what it knows of its user."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audobon_cli.library.store.library import Library
from audobon_cli.operations.log_file import rotated
from audobon_cli.providers.ledger import UsageLedger
from audobon_cli.settings.locations import Locations


@dataclass(frozen=True, slots=True)
class PrivacySources:
    """What is read and erased. ``settings`` are the values in force, each with its source; ``library`` is the one that
    the command works with."""

    locations: Locations
    settings: Mapping[str, Any]
    library: Library
    ledger: UsageLedger

    def log_files(self) -> list[Path]:
        """The log, the older ones, and what workers and the warm process wrote; those that are there."""
        logs = self.locations.logs
        found = [*rotated(self.locations.log_file), logs / "queue.log", logs / "warm.log"]
        return [path for path in found if path.is_file()]
