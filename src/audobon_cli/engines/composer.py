"""The engine of compositions: exemplars, changed by rules and drawn as vectors. No network, and no PyTorch."""

from collections.abc import Sequence

from audobon_cli.__about__ import __version__
from audobon_cli.domain.composition import COMPOSER
from audobon_cli.domain.events import Listener
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.engines.base import Asked, EngineFacts, Rendered, ShouldStop, stop_if_asked
from audobon_cli.operations.stages import stage

PROCESSOR = "cpu"


class ComposerEngine:
    """Draws requests whose composition has strength 0. Implements engines.base.Engine."""

    def load(self, request: ResolvedRequest, listen: Listener) -> EngineFacts:
        """See Engine.load."""
        return predict_facts(request)[0]

    def render(
        self, request: ResolvedRequest, seed: int, index: int, listen: Listener, should_stop: ShouldStop
    ) -> Rendered:
        """See Engine.render. There are no steps."""
        from audobon_cli.exemplars.plan import picture_of

        stop_if_asked(should_stop)
        with stage("compose"):
            return Rendered(picture_of(request, seed))

    def render_together(
        self, asked: Sequence[Asked], index: int, listen: Listener, should_stop: ShouldStop
    ) -> list[Rendered]:
        """See Engine.render_together: one."""
        return [self.render(*asked[0], index, listen, should_stop)]


def predict_facts(request: ResolvedRequest) -> tuple[EngineFacts, ...]:
    """What recipes say of a composition; ``model_digest`` is the store's. Raises ModelDamaged."""
    from audobon_cli.exemplars.plan import store_of
    from audobon_cli.exemplars.render import libraries

    assert request.composition is not None
    return (
        EngineFacts(
            engine=COMPOSER,
            model_digest=store_of(request.composition.store).digest,
            scheduler="",
            device=PROCESSOR,
            dtype="",
            libraries={"audobon": __version__, **libraries(traced=bool(request.composition.own))},
        ),
    )
