"""What ONNX Runtime traced of a session, as layers of a profile."""

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

from audobon_cli.operations.profile import LayerTime, LayerTrace

KERNEL = "_kernel_time"
KEPT = ("op_name", "output_type_shape", "provider")
MOST_OFF_NS = 10**9


def read_layers(session: Any, name: str, began_ns: int) -> LayerTrace:
    """The layers of ``session``, whose tracing, begun at ``began_ns``, ends by this."""
    given = int(session.get_profiling_start_time_ns())
    # By the system's clock where the runtime was built for it; by one of its own elsewhere.
    began = given if abs(given - began_ns) < MOST_OFF_NS else began_ns
    found = json.loads(Path(session.end_profiling()).read_text(encoding="utf-8", errors="replace"))
    events = [_event(one) for one in found if one.get("ph") == "X"]
    spent: dict[str, list[float]] = defaultdict(list)
    for one in found:
        if one.get("cat") == "Node" and one["name"].endswith(KERNEL):
            spent[one["args"].get("op_name", "")].append(one["dur"] / 1e6)
    source = f"{name} (ONNX Runtime)"
    times = [LayerTime(source, layer, len(each), sum(each)) for layer, each in spent.items()]
    return LayerTrace(source, began, events, times)


def _event(found: dict[str, Any]) -> dict[str, Any]:
    given = {key: value for key, value in found.get("args", {}).items() if key in KEPT}
    name = found["name"].removesuffix(KERNEL)
    times = {"ts": float(found["ts"]), "dur": float(found["dur"])}
    return {"name": name, "cat": "layer", "ph": "X", "tid": int(found.get("tid", 0)), **times, "args": given}
