"""Frames of an animation as requests: each drawn on from the moved picture, all from one seed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from audobon_cli.domain.asset import Asset
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.inputs import ImageInputs
from audobon_cli.domain.model import SizeRule
from audobon_cli.domain.request import MAX_SEED, GenerationRequest
from audobon_cli.generation.report import GeneratedImage
from audobon_cli.library.store.library import Library
from audobon_cli.media.image.pixels import DecodedImage, encode_png
from audobon_cli.sprites.motion.redraw import REDRAWN, padded


@dataclass(frozen=True, slots=True)
class RedrawChoices:
    """What draws the frames: ``model``, of ``prompt`` ("": the picture's own words), ``redraw`` of each anew (0 to 1;
    None: the action's own, REDRAWN), from ``seed`` (None: the picture's own)."""

    model: str
    prompt: str = ""
    redraw: float | None = None
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class FrameRequests:
    """The frames that are drawn, by their ``places`` in the animation (from 0); ``requests`` in the same order.
    ``side``: see motion.redraw.padded."""

    places: tuple[int, ...]
    side: int
    requests: tuple[GenerationRequest, ...]


def frame_requests(
    moved: DecodedImage, source: Asset, action: str, choices: RedrawChoices, rule: SizeRule, folder: Path
) -> FrameRequests:
    """A request for every frame of ``moved``, which is ``source`` doing ``action``, but those that are empty. What each
    begins with is written into ``folder``: a square, enlarged to about what the model of ``rule`` draws best.

    Raises InvalidInput where nobody said what the picture shows.
    """
    prompt = choices.prompt or source.prompt
    if not prompt:
        raise InvalidInput(
            f"Nobody said what {source.name} shows.", hint='say it: --prompt "a red dragon, pixel art"'
        )
    places = tuple(place for place, frame in enumerate(moved.frames) if (frame[..., 3] > 0).any())
    strength = REDRAWN[action] if choices.redraw is None else choices.redraw
    own = source.seed if source.seed is not None and source.seed <= MAX_SEED else 1
    side, factor = _square(max(moved.width, moved.height), rule)
    requests = []
    for place in places:
        frame = padded(moved.frames[place], side, factor)
        path = folder / f"{moved.name}_{place + 1:02}.png"
        path.write_bytes(encode_png(frame))
        requests.append(
            GenerationRequest(
                prompt,
                model=choices.model,
                style="none",
                size=f"{frame.shape[1]}x{frame.shape[0]}",
                seed=own if choices.seed is None else choices.seed,
                inputs=ImageInputs(init_image=str(path), strength=strength),
            )
        )
    return FrameRequests(places, side, tuple(requests))


def _square(longest: int, rule: SizeRule) -> tuple[int, int]:
    """The side of a square for ``longest`` pixels whose whole multiples ``rule`` allows, and the multiple."""
    side = -(-longest // rule.multiple) * rule.multiple
    nearest = round(max(rule.native.width, rule.native.height) / side)
    return side, max(1, nearest, -(-rule.minimum // side))


def name_frames(library: Library, frames: Sequence[GeneratedImage], name: str) -> None:
    """Call ``frames`` after the animation ``name`` and their place in it, but those that were there before: a picture's
    own words would name many assets then."""
    with library.change() as changes:
        for place, frame in enumerate(frames):
            if not frame.existing:
                changes.update(replace(library.assets.get(frame.asset.id), name=f"{name}_{place + 1:02}"))
