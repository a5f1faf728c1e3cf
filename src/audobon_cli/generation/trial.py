"""A small picture of a model that is new here, to see that something comes of it; files nothing."""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from audobon_cli.domain.errors import TrialFailed
from audobon_cli.domain.events import Listener
from audobon_cli.domain.inputs import ImageInputs
from audobon_cli.domain.media import IMAGE
from audobon_cli.domain.request import GenerationRequest, ResolvedRequest
from audobon_cli.engines.base import Engine, ShouldStop
from audobon_cli.generation.checks.registry import check_content
from audobon_cli.generation.resolve.composition import WORDS_ALONE

if TYPE_CHECKING:
    from audobon_cli.presets.catalog import Family

PROMPT, SEED = "a red apple", 1

SIDE = 256
"""Pixels a side, where the model draws so small: what is not finite is so in small pictures, too."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A test picture, or a sound: ``content`` as the engine gave it, and what is wrong with it, in words."""

    model: str
    extent: str
    seconds: float
    problems: tuple[str, ...]
    content: Any

    def error(self) -> TrialFailed | None:
        """What to raise if it cannot be used."""
        if not self.problems:
            return None
        return TrialFailed(
            f"{self.model} is registered, but its test picture cannot be used: {'; '.join(self.problems)}.",
            hint="try another quality, --vae or precision with `audobon generate --model`, or remove it with "
            "`audobon models remove`",
            problems=list(self.problems),
        )


def trial_request(model: str, family: "Family | None") -> GenerationRequest:
    """A small picture of few steps, by the network alone."""
    size = None
    if family is not None and family.produces == IMAGE and family.scales:
        side = max(SIDE, family.minimum)
        size = str(side + -side % max(1, family.multiple))
    return GenerationRequest(
        PROMPT, model=model, quality="draft", seed=SEED, size=size, inputs=ImageInputs(strength=WORDS_ALONE)
    )


def draw_trial(request: ResolvedRequest, engine: Engine, listen: Listener, should_stop: ShouldStop) -> Trial:
    """Draw what ``request`` asks for, of its first seed, and look for what makes it useless: nothing on it, values that
    are not finite. Raises what loading and drawing do."""
    engine.load(request, listen)
    begun = time.monotonic()
    rendered = engine.render(request, request.seed, 0, listen, should_stop)
    seconds = time.monotonic() - begun
    return Trial(
        request.model.name,
        request.drawn_extent,
        round(seconds, 2),
        check_content(rendered, request),
        rendered.content,
    )
