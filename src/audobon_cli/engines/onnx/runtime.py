"""ONNX Runtime: imported without its telemetry, and sessions of graphs whose weights lie elsewhere."""

import importlib
import os
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audobon_cli.domain.errors import OutOfMemory
from audobon_cli.engines.onnx.exports import ExportsUnusable
from audobon_cli.engines.onnx.layers import read_layers
from audobon_cli.operations.profile import active_profile
from audobon_cli.operations.stages import now_ns

NO_TELEMETRY = "ORT_DISABLE_TELEMETRY"
WEIGHTS_BELOW = "session.model_external_initializers_file_folder_path"

Array = NDArray[Any]


@cache
def onnxruntime() -> Any:
    """The package, without the device id and the database that its telemetry writes to the user's cache folder on
    import (seen in 1.32). Raises ImportError, also where the processor lacks what it was built for."""
    os.environ.setdefault(NO_TELEMETRY, "1")
    found = importlib.import_module("onnxruntime")
    found.disable_telemetry_events()
    return found


class Network:
    """A graph ready to run: float32 on one thread of the processor, alike for any number of callers at once."""

    def __init__(self, graph: bytes, weights: Path, name: str = "network") -> None:
        """Load ``graph``, whose weights lie in files below ``weights``; profiles call it ``name``. Raises
        ExportsUnusable."""
        profile = active_profile()
        try:
            runtime = onnxruntime()
            options = runtime.SessionOptions()
            options.intra_op_num_threads = options.inter_op_num_threads = 1
            # Casts are folded; the further levels took 50 ms and 40 MB more to load, and drew no faster.
            options.graph_optimization_level = runtime.GraphOptimizationLevel.ORT_ENABLE_BASIC
            options.log_severity_level = 4
            options.add_session_config_entry(WEIGHTS_BELOW, str(weights))
            if profile is not None:
                options.enable_profiling = True
                options.profile_file_prefix = str(profile.layer_file(name))
        except (ImportError, AttributeError) as error:
            raise ExportsUnusable(f"onnxruntime cannot be imported: {error}") from error
        failures, began = _failures(), now_ns()
        try:
            self._session = runtime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
        except failures as error:
            raise ExportsUnusable(f"onnxruntime refuses a graph: {_first_line(error)}") from error
        if profile is not None:
            profile.at_end(lambda: read_layers(self._session, name.removesuffix(".onnx"), began))

    def __call__(self, **inputs: Array) -> NDArray[np.float32]:
        """The graph's output. Raises OutOfMemory."""
        failures = _failures()
        try:
            (output,) = self._session.run(None, inputs)
        except failures as error:
            raise OutOfMemory(
                f"The processor's memory ran out while drawing: {_first_line(error)}",
                hint="close other programs, or draw fewer pictures at a time with --threads 1",
                device="cpu",
            ) from error
        found: NDArray[np.float32] = output
        return found


@cache
def _failures() -> tuple[type[Exception], ...]:
    """What sessions raise: classes of the package's own, below Exception alone, and what allocating does."""
    names = ("Fail", "InvalidArgument", "InvalidGraph", "InvalidProtobuf", "NoSuchFile", "RuntimeException")
    state = importlib.import_module("onnxruntime.capi.onnxruntime_pybind11_state")
    found: list[type[Exception]] = [getattr(state, name) for name in (*names, "NotImplemented", "EPFail")]
    return (MemoryError, *found)


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
