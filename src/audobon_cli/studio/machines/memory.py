"""Memory and cards over the last hour: what a monitor measured, and what is measured here while somebody looks."""

import threading
import time
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from audobon_cli.hardware.probe import probe
from audobon_cli.monitoring.samples import joined, sample_at, with_sample
from audobon_cli.monitoring.state import MinuteSample, MonitorPlace


class SeenMemory:
    """Samples of this process, a minute each, one more with every look. For several threads."""

    def __init__(self) -> None:
        self._samples: tuple[MinuteSample, ...] = ()
        self._lock = threading.Lock()

    def look(self) -> tuple[MinuteSample, ...]:
        """Measure, and tell what was measured up to now."""
        with self._lock:
            self._samples = with_sample(self._samples, sample_at(time.time()))
            return self._samples


def memory_data(seen: SeenMemory, place: MonitorPlace) -> dict[str, Any]:
    """The machine and its cards now, samples of the last hour, and how the monitor stands, JSON-ready."""
    machine, state = probe(), place.read()
    samples = joined(state.samples if state else (), seen.look())
    recent = [one for one in samples if one.minute > samples[-1].minute - 60]
    return {
        "machine": {
            "system": machine.system,
            "python": machine.python,
            "cpus": machine.cpus,
            "memory_bytes": machine.memory_bytes,
            "available_bytes": machine.available_bytes,
        },
        "cards": [
            {
                "name": card.name,
                "total_bytes": card.total_bytes,
                "free_bytes": card.free_bytes,
                "temperature_celsius": card.temperature_celsius,
                "power_watts": card.power_watts,
            }
            for card in machine.gpus
        ],
        "samples": [
            {**asdict(one), "time": datetime.fromtimestamp(60 * one.minute, UTC).isoformat()}
            for one in recent
        ],
        "monitor": {
            "runs": place.is_watched,
            "looked": None if state is None else datetime.fromtimestamp(state.looked, UTC).isoformat(),
            "findings": [] if state is None else [asdict(one) for one in state.findings],
            "actions": [] if state is None else list(state.actions),
        },
    }
