"""What a pipeline's call takes, and what a request asks of it."""

import inspect
import math
from collections.abc import Sequence
from typing import Any

from audobon_cli.domain.errors import InvalidInput, ModelUnsupported, SizeNotAllowed
from audobon_cli.domain.model import Calling
from audobon_cli.domain.prompt_weights import plain_prompt
from audobon_cli.domain.request import ResolvedRequest

NEEDED = ("prompt", "height", "width", "num_inference_steps", "generator", "output_type")
FOREIGN = ("image", "mask_image", "video", "num_frames", "audio_length_in_s")
"""Arguments of pipelines that make something else than a picture from words alone."""

SIDE_MULTIPLE = 8
"""Stable Diffusion's pipelines refuse other sides, whatever their autoencoder divides by."""


def accepted_arguments(pipeline: Any, known: bool = False) -> frozenset[str]:
    """Names of the call's arguments. Raises ModelUnsupported unless it makes pictures from text.

    A pipeline of a ``known`` family may take pictures besides; of others that is a sign that it needs them.
    """
    names = frozenset(inspect.signature(type(pipeline).__call__).parameters)
    kind = type(pipeline).__name__
    foreign = [] if known else [name for name in FOREIGN if name in names]
    missing = [name for name in NEEDED if name not in names]
    if foreign or missing:
        fact = f"it takes {foreign[0]}" if foreign else f"it does not take {missing[0]}"
        raise ModelUnsupported(
            f"A {kind} does not make pictures from text alone: {fact}.",
            hint="choose a text-to-image model; `audobon models list` shows those at hand",
            pipeline=kind,
        )
    return names


def call_arguments(pipeline: Any, accepted: frozenset[str], request: ResolvedRequest) -> dict[str, Any]:
    """The arguments of one call for ``request``: the prompt's words, size, steps and what was asked besides.

    Raises InvalidInput for an option that this pipeline does not take, SizeNotAllowed for sides that it
    cannot make: nothing that was asked for is dropped in silence.
    """
    kind, size = type(pipeline).__name__, request.render_size
    multiple = math.lcm(SIDE_MULTIPLE, int(getattr(pipeline, "vae_scale_factor", SIDE_MULTIPLE)))
    if size.width % multiple or size.height % multiple:
        raise SizeNotAllowed(
            f"The model {request.model.name} makes sides that are multiples of {multiple}, not {size}.",
            hint=f"give --size {_nearest(size.width, multiple)}x{_nearest(size.height, multiple)}",
        )
    arguments: dict[str, Any] = {
        "prompt": plain_prompt(request.resolved_prompt),
        "width": size.width,
        "height": size.height,
        "num_inference_steps": request.steps,
        "output_type": "np",
    }
    calling = request.model.calling or _guessed_calling(accepted)
    arguments |= dict(calling.fixed)
    if calling.guidance:
        arguments[calling.guidance] = request.guidance
    elif request.model.calling is None and request.guidance != 1.0:
        raise InvalidInput(
            f"The model {request.model.name} ({kind}) takes no guidance scale.", hint="give --guidance 1"
        )
    if request.resolved_negative and not calling.negative:
        raise InvalidInput(
            f"The model {request.model.name} ({kind}) takes no negative prompt.",
            hint="leave out --negative, or choose a style without one",
        )
    if request.resolved_negative or calling.blank_negative:
        arguments[calling.negative] = plain_prompt(request.resolved_negative) or calling.blank_negative
    return arguments


def joint_arguments(
    pipeline: Any, accepted: frozenset[str], requests: Sequence[ResolvedRequest]
) -> dict[str, Any]:
    """The arguments of one call for all of ``requests``, which differ in their words alone; see call_arguments."""
    each = [call_arguments(pipeline, accepted, request) for request in requests]
    if len(each) == 1:
        return each[0]
    calling = requests[0].model.calling
    negative = calling.negative if calling else ""
    listed = {name: [one[name] for one in each] for name in ("prompt", negative) if name in each[0]}
    return each[0] | listed


def _guessed_calling(accepted: frozenset[str]) -> Calling:
    """How a pipeline of no known family is called, from the names that its call takes."""
    # Pipelines with true_cfg_scale ignore a negative prompt unless that second scale is set too.
    negative = "negative_prompt" in accepted and "true_cfg_scale" not in accepted
    return Calling(
        guidance="guidance_scale" if "guidance_scale" in accepted else "",
        negative="negative_prompt" if negative else "",
    )


def _nearest(side: int, multiple: int) -> int:
    return max(1, round(side / multiple)) * multiple
