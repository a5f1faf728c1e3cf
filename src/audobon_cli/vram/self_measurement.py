"""One quick measurement of this machine's processor, for plans whose times hold; kept, so that it is made once.

Small networks are run on one core and large ones on all, and neither follows from the other: the built-in model is
drawn with once, and large matrices are multiplied, as most of a large network's time goes into that.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from audobon_cli.domain.events import ignore
from audobon_cli.engines.base import Engine, never
from audobon_cli.hardware.probe import usable_cpus
from audobon_cli.vram.calibrations import UNIT, Calibration, write_calibration
from audobon_cli.vram.device_budget import large_key, small_key

if TYPE_CHECKING:
    from audobon_cli.domain.request import ResolvedRequest
    from audobon_cli.vram.select_strategy import StrategySelector

SIDE = 1536
"""Of the matrices: 7 GFLOP a product, some 0.1 s on two cores, beyond their caches."""
PRODUCTS = 4
L40S_FLOPS = 80e12
"""What an L40S reaches on SDXL, whose call of 6 TFLOP takes 0.074 s: speeds are multiples of it."""
NETWORK_SHARE = 0.8
"""Of the speed of plain products that whole networks reach on a processor: normalisations and attention take the
rest. By Stable Diffusion 1.5's UNet in processor time, two cores: 0.57 at 256x256, 0.8 at 384, 1.04 at 512."""
OWN_SHARE = 0.05
"""Below it the time was another process's, or a wait: processor time says nothing of it then."""


def measure_processor(
    request: "ResolvedRequest", selector: "StrategySelector", engine: Engine, file: Path
) -> None:
    """Measure, and write to ``file`` what later plans of this machine go by.

    ``request`` is one for the built-in model, ``selector`` one without calibrations. Takes some 3 s, and the
    import of torch. Raises what the engine raises, and OSError.
    """
    placed = selector.place(request, "full")
    if placed.forecast is not None:
        measured = _drawing_seconds(placed.request, engine)
        write_calibration(file, small_key(), _calibration(measured / placed.forecast.seconds))
    # The whole processor's speed as the forecast has it, against what it is.
    write_calibration(file, large_key(), _calibration(selector.card.speed / _speed()))


def _drawing_seconds(request: "ResolvedRequest", engine: Engine) -> float:
    request = replace(request, count=1, candidates=1, timeout_seconds=None)
    took = 0.0
    for _ in range(2):  # caches are filled at the first
        took = _seconds(lambda: engine.render(request, request.seed, 0, ignore, never), cores=1)
    return took


def _speed() -> float:
    """The processor's speed on large networks, as a multiple of an L40S."""
    import numpy as np

    matrix = np.ones((SIDE, SIDE), dtype=np.float32)
    matrix @ matrix
    seconds = _seconds(lambda: [matrix @ matrix for _ in range(PRODUCTS)], cores=usable_cpus())
    return NETWORK_SHARE * PRODUCTS * 2 * SIDE**3 / seconds / L40S_FLOPS


def _seconds(work: Callable[[], object], cores: int) -> float:
    """How long ``work`` on ``cores`` takes when nothing else runs: by processor time, as a busy moment would otherwise
    be in all later plans."""
    began, began_cpu = time.perf_counter(), time.process_time()
    work()
    took, used = time.perf_counter() - began, time.process_time() - began_cpu
    return min(took, used / cores) if used > OWN_SHARE * took else took


def _calibration(time_factor: float) -> Calibration:
    return Calibration(UNIT, time_factor, 1, datetime.now(UTC).date().isoformat())
