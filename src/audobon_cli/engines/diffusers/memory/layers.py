"""What PyTorch traced of a call, as layers of a profile."""

import contextlib
import json
from collections.abc import Iterator
from typing import Any

import torch

from audobon_cli.engines.diffusers.memory.live_memory import live_memory
from audobon_cli.operations.profile import LayerTime, LayerTrace, active_profile
from audobon_cli.operations.stages import now_ns

SOURCE = "PyTorch"
OF_PROCESSES = ("process_name", "process_labels", "process_sort_index")
MEMORY = "[memory]"
DEVICES = {0: "processor", 1: "card"}
"""Numbers of torch's DeviceType."""


@contextlib.contextmanager
def traced_layers(device: str) -> Iterator[None]:
    """Let the profile, if one is made, have the layers that run within this on ``device``, and its memory."""
    profile = active_profile()
    if profile is None:
        yield
        return
    if device != "cpu":
        profile.watch_memory("card", lambda: (live_memory(device) or (None,))[0])
    on_card = device.startswith("cuda")
    from torch.profiler import ProfilerActivity

    activities = [ProfilerActivity.CPU, *([ProfilerActivity.CUDA] if on_card else [])]
    began = now_ns()
    with torch.profiler.profile(activities=activities, profile_memory=True) as traced:
        yield
    file = profile.layer_file("torch.json")
    traced.export_chrome_trace(str(file))
    found = json.loads(file.read_text(encoding="utf-8", errors="replace"))
    base = int(found.get("baseTimeNanoseconds", 0)) or began
    events = [event for one in found["traceEvents"] if (event := _event(one)) is not None]
    profile.add_layers(LayerTrace(SOURCE, base, events, list(_times(traced, on_card))))


def _event(found: dict[str, Any]) -> dict[str, Any] | None:
    """An event as it is kept; None for what would rename our processes, or has no place in time."""
    if found.get("cat") == "Trace" or found["name"] in OF_PROCESSES or not isinstance(found.get("tid"), int):
        return None
    event = {**found, "ts": float(found.get("ts", 0))}
    if found["name"] == MEMORY:
        given = found.get("args", {})
        device = DEVICES.get(given.get("Device Type", 0), "other")
        total = round(int(given.get("Total Allocated", 0)) / 2**20, 2)
        return {
            **{"name": f"tensors, {device} (MiB)", "ph": "C", "tid": 0},
            **{"ts": event["ts"], "args": {"MiB": total}},
        }
    return event


def _times(traced: Any, on_card: bool) -> Iterator[LayerTime]:
    for one in traced.key_averages():
        microseconds = one.self_device_time_total if on_card else one.self_cpu_time_total
        if microseconds:
            yield LayerTime(SOURCE, one.key, int(one.count), microseconds / 1e6)
