"""An engine without a model: patches of colour, by the words and the seed."""

import hashlib
import time
from collections.abc import Sequence
from importlib.metadata import version

from audobon_cli.domain.events import Listener, ModelLoaded, ModelLoading, StepDone
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.engines.base import Asked, EngineFacts, Rendered, ShouldStop, stop_if_asked
from audobon_cli.engines.registry import EngineEntry

AUDOBON_API = 1

ENGINE = EngineEntry(
    "patchwork",
    "audobon_pixelate.patchwork:Patchwork",
    "audobon_pixelate.patchwork:predict_facts",
)
"""What makes it, and what foretells its facts."""

PATCHES = 8
"""Along each side."""


def predict_facts(request: ResolvedRequest) -> tuple[EngineFacts, ...]:
    """What loading gives, told without loading: all that decides the picture but words and seed."""
    libraries = {name: version(name) for name in ("audobon-pixelate", "numpy", "pillow")}
    digest = hashlib.sha256(f"patchwork {PATCHES}".encode()).hexdigest()
    return (EngineFacts("patchwork", digest, "none", "cpu", "uint8", libraries),)


class Patchwork:
    """Implements audobon_cli.engines.base.Engine."""

    def __init__(self) -> None:
        self._facts: EngineFacts | None = None

    def load(self, request: ResolvedRequest, listen: Listener) -> EngineFacts:
        """There is nothing to load but the facts."""
        if self._facts is None:
            (self._facts,) = predict_facts(request)
            listen(ModelLoading(request.model.name))
            listen(ModelLoaded(request.model.name, self._facts.device, self._facts.dtype, 0.0))
        return self._facts

    def render(
        self, request: ResolvedRequest, seed: int, index: int, listen: Listener, should_stop: ShouldStop
    ) -> Rendered:
        """Colours from a generator that words and seed begin."""
        import numpy as np
        from PIL import Image

        self.load(request, listen)
        stop_if_asked(should_stop)
        words = hashlib.sha256(request.resolved_prompt.encode()).digest()
        chance = np.random.default_rng([seed, int.from_bytes(words)])
        patches = chance.integers(0, 256, (PATCHES, PATCHES, 3), dtype=np.uint8)
        size = request.render_size
        image = Image.fromarray(patches).resize((size.width, size.height), Image.Resampling.NEAREST)
        listen(StepDone(index, 1, 1, time.monotonic()))
        return Rendered(image)

    def render_together(
        self, asked: Sequence[Asked], index: int, listen: Listener, should_stop: ShouldStop
    ) -> list[Rendered]:
        """One after the other."""
        return [self.render(*asked[0], index, listen, should_stop)]
