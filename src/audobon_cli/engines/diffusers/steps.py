"""What happens after each step of drawing: it is told, and drawing stops when it shall."""

import inspect
import time
from collections.abc import Callable
from typing import Any

from audobon_cli.domain.events import Listener, StepDone
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.engines.base import ShouldStop, stop_if_asked
from audobon_cli.engines.diffusers.inputs.image_to_image import TensorsChange
from audobon_cli.engines.diffusers.memory.live_memory import live_memory
from audobon_cli.engines.diffusers.step_pictures import step_picture
from audobon_cli.engines.step_pictures import step_watch

StepCallback = Callable[[Any, int, Any, dict[str, Any]], dict[str, Any]]
"""As diffusers calls it at the end of a step: pipeline, step, timestep, tensors; gives the tensors."""


def step_teller(
    place: tuple[int, str],
    request: ResolvedRequest,
    total: int | None,
    listen: Listener,
    should_stop: ShouldStop,
) -> StepCallback:
    """Tells each step of the picture at ``place``: its index in the run, and the device.

    Where several pipelines share the ``total`` of steps, they are counted through.
    """
    index, device = place
    began = time.perf_counter()
    done = 0
    watch = step_watch()

    def on_step_end(pipeline: Any, step: int, timestep: Any, tensors: dict[str, Any]) -> dict[str, Any]:
        nonlocal done
        done += 1
        # Schedulers of second order take more steps than they were asked for.
        steps = int(getattr(pipeline, "num_timesteps", request.steps)) if total is None else total
        used, capacity = live_memory(device) or (None, None)
        listen(StepDone(index, done, steps, time.perf_counter() - began, used, capacity))
        stop_if_asked(should_stop)
        if watch is not None and done < steps:
            watch.take(done, lambda: step_picture(pipeline, tensors.get("latents")))
        return tensors

    return on_step_end


def callback_arguments(pipeline: Any, tell: StepCallback) -> dict[str, Any]:
    """The arguments with which a call of ``pipeline`` tells its steps; none where it tells nothing.

    Older pipelines call back with the step, the timestep and the latents alone, and take no answer.
    """
    accepted = inspect.signature(type(pipeline).__call__).parameters
    if "callback_on_step_end" in accepted:
        return {"callback_on_step_end": tell}
    if "callback" not in accepted:
        return {}

    def callback(step: int, timestep: Any, latents: Any) -> None:
        tell(pipeline, step, timestep, {})

    return {"callback": callback, "callback_steps": 1}


def then(tell: StepCallback, change: TensorsChange | None) -> StepCallback:
    """``tell``, and then ``change`` on what it gives."""
    if change is None:
        return tell
    return lambda pipeline, step, timestep, tensors: change(
        pipeline, step, tell(pipeline, step, timestep, tensors)
    )
