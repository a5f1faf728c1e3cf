"""What a call for a sound takes, and from what comes out of it to samples."""

import inspect
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from audobon_cli.domain.errors import InvalidInput, ModelUnsupported
from audobon_cli.domain.model import Model
from audobon_cli.domain.prompt_weights import plain_prompt
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.domain.sound import SoundOutput
from audobon_cli.engines.base import Rendered
from audobon_cli.media.sound.wav import SoundSamples
from audobon_cli.models.files.folder import ModelFiles

if TYPE_CHECKING:
    from audobon_cli.engines.diffusers.inputs.image_to_image import ImageStart

FULL_SCALE = 32_767


def check_sounds(model: Model, files: ModelFiles) -> None:
    """Nothing: what a model's files say of its sounds is its description (models.files.sound_rules)."""


def accepted_arguments(pipeline: Any, known: bool) -> frozenset[str]:
    """Names of the call's arguments. Only pipelines of a known family are described as making sounds."""
    assert known
    return frozenset(inspect.signature(type(pipeline).__call__).parameters)


def call_arguments(
    pipeline: Any, accepted: frozenset[str], requests: Sequence[ResolvedRequest]
) -> dict[str, Any]:
    """The arguments of one call for the only one of ``requests``: words, length, steps and what was asked besides.

    Raises InvalidInput for a negative prompt that this pipeline does not take.
    """
    (request,) = requests
    model, output = request.model, request.output
    calling, rule = model.calling, model.sound_rule
    assert calling is not None
    assert rule is not None
    assert isinstance(output, SoundOutput)
    seconds = output.seconds
    if rule.step:
        # Half a step on top, so that rounding of theirs and ours agree; what is too much is cut.
        seconds = (math.ceil(round(seconds / rule.step, 6)) + 0.5) * rule.step
    found: dict[str, Any] = {
        "prompt": plain_prompt(request.resolved_prompt),
        "num_inference_steps": request.steps,
        "output_type": "np",
        calling.length: seconds,
        **dict(calling.fixed),
    }
    if calling.guidance:
        found[calling.guidance] = request.guidance
    if request.resolved_negative:
        if not calling.negative:
            raise InvalidInput(
                f"The model {model.name} ({model.pipeline}) takes no negative prompt.",
                hint="leave out --negative",
            )
        found[calling.negative] = plain_prompt(request.resolved_negative)
    return found


def rendered_sounds(
    output: Any, request: ResolvedRequest, count: int, start: "ImageStart | None"
) -> list[Rendered]:
    """The ``count`` sounds in a pipeline's output, of the length of ``request``."""
    model, asked = request.model, request.output
    assert model.calling is not None
    assert isinstance(asked, SoundOutput)
    sounds = getattr(output, model.calling.picture, None)
    if sounds is None:
        raise ModelUnsupported(
            f"The pipeline {model.pipeline} gives no {model.calling.picture}, but {type(output).__name__}.",
            hint="choose another model; `audobon models list` shows those at hand",
            pipeline=model.pipeline,
        )
    frames = round(asked.seconds * asked.rate)
    made = []
    for place in range(count):
        sound = np.asarray(sounds[place], dtype=np.float32)
        made.append(to_sound(np.atleast_2d(sound)[:, :frames], asked.rate))
    return made


def to_sound(samples: NDArray[np.float32], rate: int) -> Rendered:
    """``samples``, float (channels, frames) of full scale 1, in 16 bits.

    What goes beyond full scale is made quieter as a whole, since models know no such bound, and cut crests can be
    heard. Values that are not finite become 0 and are named as a problem.
    """
    problems: tuple[str, ...] = ()
    wrong = int(np.count_nonzero(~np.isfinite(samples)))
    if wrong:
        problems = (f"values are not finite in {wrong} of {samples.size} samples",)
        samples = np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0)
    peak = float(np.abs(samples).max(initial=0.0))
    scaled = samples.astype(np.float64) * (FULL_SCALE / max(peak, 1.0))
    return Rendered(SoundSamples(np.round(scaled).astype(np.int16).T.copy(), rate), problems)
