"""What the monitor found last, in a file that `audobon status` reads; written whole each time."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from audobon_cli.domain.foreign.documents import parse_json_object, read_bounded
from audobon_cli.monitoring.health import HealthFinding, HealthStatus
from audobon_cli.platforms import current
from audobon_cli.storage.file_locks import exclusive_lock

FORMAT = 1
MOST_BYTES = 2**20
KEPT_ACTIONS = 20
KEPT_MINUTES = 60


@dataclass(frozen=True, slots=True)
class MinuteSample:
    """Measures of a minute: the least main memory that was available, the most that was in use on all cards, and how
    hot the hottest was (None: no card tells)."""

    minute: int
    available_bytes: int
    card_used_bytes: int
    card_celsius: int | None


@dataclass(frozen=True, slots=True)
class MonitorState:
    """The monitor ``pid`` of a library: since when it runs, when it last looked (seconds since 1970), what it found,
    what it did about it, and measures of the last hour."""

    pid: int
    started: float
    looked: float
    findings: tuple[HealthFinding, ...] = ()
    actions: tuple[str, ...] = ()
    samples: tuple[MinuteSample, ...] = ()
    paused_queue: bool = False
    """Whether the queue is paused because the monitor paused it."""

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {"format": FORMAT, **asdict(self)}


@dataclass(frozen=True, slots=True)
class MonitorPlace:
    """Where the monitor of a library keeps its lock and its state, in a folder of the user's."""

    folder: Path
    library: Path
    name: str = field(init=False)

    def __post_init__(self) -> None:
        digest = hashlib.sha256(str(self.library.absolute()).encode("utf-8", "surrogateescape")).hexdigest()
        object.__setattr__(self, "name", digest[:16])

    @property
    def lock(self) -> Path:
        """The file that a monitor keeps locked while it lives."""
        return self.folder / f"{self.name}.lock"

    @property
    def file(self) -> Path:
        """The state."""
        return self.folder / f"{self.name}.json"

    @property
    def is_watched(self) -> bool:
        """Whether a monitor lives."""
        if not self.lock.exists():
            return False
        with exclusive_lock(self.lock, 0) as is_free:
            return not is_free

    def write(self, state: MonitorState) -> None:
        """Put ``state`` in place of the last. Raises OSError."""
        beside = self.file.with_name(f"{self.name}.{state.pid}.new")
        beside.write_text(json.dumps(state.to_dict()), encoding="utf-8")
        current().replace(beside, self.file)

    def read(self) -> MonitorState | None:
        """The last state; None where there is none that can be read."""
        try:
            return _state(parse_json_object(read_bounded(self.file, MOST_BYTES)))
        except (OSError, ValueError, KeyError, TypeError):
            return None


def _state(data: Mapping[str, Any]) -> MonitorState:
    return MonitorState(
        int(data["pid"]),
        float(data["started"]),
        float(data["looked"]),
        tuple(_finding(one) for one in data["findings"]),
        tuple(map(str, data["actions"])),
        tuple(MinuteSample(**one) for one in data["samples"]),
        bool(data.get("paused_queue", False)),
    )


def _finding(one: Mapping[str, Any]) -> HealthFinding:
    return HealthFinding(
        str(one["subject"]), HealthStatus(one["status"]), str(one["message"]), str(one.get("remedy", ""))
    )


def replaced(old: Sequence[Any], new: Any, most: int) -> tuple[Any, ...]:
    """``old`` with ``new`` behind it, the last ``most``."""
    return (*old, new)[-most:]
