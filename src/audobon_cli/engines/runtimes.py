"""The engine of this machine: exported graphs where they draw the same picture, diffusers for everything else."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from audobon_cli.domain.events import Listener, Warned
from audobon_cli.domain.model import Model
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.engines.base import Asked, Engine, EngineFacts, LoadedScorer, Rendered, RunAware, ShouldStop
from audobon_cli.engines.onnx.exports import ExportsUnusable
from audobon_cli.engines.onnx.facts import draws, onnx_facts


class LocalRuntimes:
    """Implements engines.base.Engine. Neither runtime is imported before it is needed.

    Where graphs cannot be run after all, a warning says why, once a run, and diffusers draws.
    """

    def __init__(self, device: str | None = None, digest_cache: Path | None = None) -> None:
        """``device`` overrides the choice ("cpu", "cuda:1" ...); ``digest_cache``: see model_digest."""
        self._device = device
        self._digest_cache = digest_cache
        self._unusable: dict[Model, str] = {}
        self._warned: set[Model] = set()

    def begin_run(self) -> None:
        """See RunAware."""
        self._warned.clear()
        for name in ("_onnx", "_diffusers"):
            made = self.__dict__.get(name)
            if isinstance(made, RunAware):
                made.begin_run()

    def load(self, request: ResolvedRequest, listen: Listener) -> EngineFacts:
        """See Engine.load. Raises InvalidInput for a device that is not here."""
        return self._chosen(request, listen).load(request, listen)

    def render(
        self, request: ResolvedRequest, seed: int, index: int, listen: Listener, should_stop: ShouldStop
    ) -> Rendered:
        """See Engine.render."""
        return self._chosen(request, listen).render(request, seed, index, listen, should_stop)

    def render_together(
        self, asked: Sequence[Asked], index: int, listen: Listener, should_stop: ShouldStop
    ) -> list[Rendered]:
        """See Engine.render_together."""
        return self._chosen(asked[0][0], listen).render_together(asked, index, listen, should_stop)

    def side_by_side(self, request: ResolvedRequest) -> bool:
        """See SideBySide."""
        return draws(request, self._device) and request.model not in self._unusable

    def _chosen(self, request: ResolvedRequest, listen: Listener) -> Engine:
        if not draws(request, self._device):
            return self._diffusers
        model = request.model
        if model not in self._unusable:
            try:
                self._onnx.load(request, listen)
                return self._onnx
            except ExportsUnusable as error:
                self._unusable[model] = str(error)
        if model not in self._warned:
            self._warned.add(model)
            listen(Warned(f"Drawn with PyTorch, which takes longer to start: {self._unusable[model]}."))
        return self._diffusers

    @cached_property
    def _onnx(self) -> Engine:
        from audobon_cli.engines.onnx.engine import OnnxEngine

        return OnnxEngine(self._digest_cache)

    @cached_property
    def _diffusers(self) -> Engine:
        from audobon_cli.engines.diffusers.create import create_local_engine

        return create_local_engine(self._device, self._digest_cache)


def create_image_scorer(model: Model) -> LoadedScorer:
    """What judges the pictures of ``model``, which must have a scorer: by graphs where they can be run. Raises
    ModelDamaged."""
    assert model.scorer is not None
    try:
        from audobon_cli.engines.onnx.scorer import OnnxScorer

        return OnnxScorer(model)
    except ExportsUnusable:
        from audobon_cli.engines.scoring.image_scorer import ImageScorer

        return ImageScorer(model.scorer, model.folder)


def predict_facts(
    request: ResolvedRequest, device: str | None = None, digest_cache: Path | None = None
) -> tuple[EngineFacts, ...]:
    """The facts that LocalRuntimes(device, digest_cache).load(request) may give, the likeliest first; see there."""
    from audobon_cli.engines.diffusers import predicted_facts

    found = predicted_facts.predict_facts(request, device, digest_cache)
    if not draws(request, device):
        return found
    try:
        return (onnx_facts(request, digest_cache), *found)
    except ExportsUnusable:
        return found
