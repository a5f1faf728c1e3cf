"""The synthesiser as an engine: see engines.base.Engine."""

import time
from collections.abc import Sequence

import numpy as np

from audobon_cli.domain.errors import Interrupted, InvalidInput
from audobon_cli.domain.events import Listener, ModelLoaded, ModelLoading, StepDone
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.domain.sound import SoundOutput
from audobon_cli.engines.base import Asked, EngineFacts, Rendered, ShouldStop
from audobon_cli.engines.synth.facts import synth_facts
from audobon_cli.engines.synth.plan import check_patch
from audobon_cli.engines.synth.render import render, to_pcm16
from audobon_cli.media.sound.wav import SoundSamples


class SynthEngine:
    """Implements engines.base.Engine. There is nothing to load but itself."""

    def __init__(self) -> None:
        self._facts: EngineFacts | None = None

    def load(self, request: ResolvedRequest, listen: Listener) -> EngineFacts:
        """See Engine.load."""
        if self._facts is None:
            self._facts = synth_facts()
            listen(ModelLoading(request.model.name))
            listen(ModelLoaded(request.model.name, self._facts.device, self._facts.dtype, 0.0))
        return self._facts

    def render(
        self, request: ResolvedRequest, seed: int, index: int, listen: Listener, should_stop: ShouldStop
    ) -> Rendered:
        """See Engine.render: one step, a SoundSamples. Raises InvalidInput for a patch that cannot be played."""
        self.load(request, listen)
        output = request.output
        if not isinstance(output, SoundOutput) or output.patch is None:
            raise InvalidInput(
                "The synthesiser plays patches, and the recipe has none.",
                hint="take the recipe from the sound or the library again",
            )
        if should_stop():
            raise Interrupted("Stopped.", hint="run the same command again")
        samples = render(check_patch(output.patch), output.rate, seed)
        problems = () if bool(np.isfinite(samples).all()) else ("it has values that are no numbers",)
        listen(StepDone(index, 1, 1, time.monotonic()))
        pcm = to_pcm16(np.nan_to_num(samples))
        return Rendered(SoundSamples(pcm[:, None], output.rate), problems)

    def render_together(
        self, asked: Sequence[Asked], index: int, listen: Listener, should_stop: ShouldStop
    ) -> list[Rendered]:
        """See Engine.render_together: one after the other."""
        return [self.render(*asked[0], index, listen, should_stop)]
