"""What ``vram profile`` measured on this machine: one JSON file in the user's data folder."""

import json
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from types import MappingProxyType

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.foreign.documents import parse_json, read_bounded
from audobon_cli.platforms import current

UNIT = 1.0
LIMITS = (0.5, 2.0)
"""A memory factor outside of these says that something else was measured than was predicted."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """How measured figures of one device relate to predicted ones: ``memory_factor`` is the worst ratio of
    ``runs`` runs, ``time_factor`` the middle one; ``measured`` is the date."""

    memory_factor: float
    time_factor: float
    runs: int
    measured: str


Calibrations = Mapping[str, Calibration]
"""By the name of the device: that of the driver, or ``cpu``."""

NO_CALIBRATIONS: Calibrations = MappingProxyType({})


def read_calibrations(file: Path) -> dict[str, Calibration]:
    """All calibrations; a file that is missing or makes no sense counts as none."""
    try:
        data = parse_json(read_bounded(file))
        return {str(name): _calibration(values) for name, values in data["devices"].items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}


def write_calibration(file: Path, device: str, calibration: Calibration) -> None:
    """Add or replace the calibration of ``device``. Raises OSError."""
    known = {**read_calibrations(file), device: calibration}
    file.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"devices": {name: asdict(value) for name, value in known.items()}}, indent=1)
    with tempfile.NamedTemporaryFile("w", dir=file.parent, delete=False, encoding="utf-8") as written:
        written.write(text)
    current().replace(written.name, file)


def _calibration(values: Mapping[str, object]) -> Calibration:
    found = Calibration(
        float(str(values["memory_factor"])),
        float(str(values["time_factor"])),
        int(str(values["runs"])),
        str(values["measured"]),
    )
    low, high = LIMITS
    if not (low <= found.memory_factor <= high and found.time_factor > 0):
        raise ValueError("out of range")
    return found
