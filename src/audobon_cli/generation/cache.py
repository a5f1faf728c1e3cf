"""Pictures that were made before: found by their recipe, before a model is loaded or torch imported."""

from collections.abc import Callable, Hashable
from dataclasses import field
from typing import Any

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.asset import Asset
from audobon_cli.domain.errors import BlobCorrupt, BlobMissing
from audobon_cli.domain.ids import RecipeDigest
from audobon_cli.domain.output.image import ImageOutput
from audobon_cli.domain.recipe import Recipe
from audobon_cli.domain.request import ResolvedRequest, shifted_seed
from audobon_cli.domain.serialization import all_facts
from audobon_cli.domain.strategy import FULL
from audobon_cli.engines import registry as engine_registry
from audobon_cli.engines.base import EngineFacts
from audobon_cli.library.store.library import Library
from audobon_cli.media import registry as media_registry
from audobon_cli.media.registry import medium_named

RETRY_SEED_STEP = 1_000_003
"""Distance from a seed to the one tried instead: a prime far above any count, so that the retry of one
picture is not the seed of the next, and does not depend on how many were asked for."""

PredictFacts = Callable[[ResolvedRequest], tuple[EngineFacts, ...]]


@dataclass(frozen=True, slots=True)
class CachedImage:
    """An asset that holds the picture asked for, and its bytes, which hash to its name."""

    asset: Asset
    data: bytes


@dataclass(slots=True)
class ResultCache:
    """What ``library`` holds of the pictures asked for. ``predict_facts`` tells an engine's facts beforehand."""

    library: Library
    predict_facts: PredictFacts
    _known: dict[Hashable, tuple[EngineFacts, ...]] = field(default_factory=dict, init=False)

    def find(self, request: ResolvedRequest, seed: int, retries: int) -> CachedImage | None:
        """The picture that ``request`` with ``seed`` would give, if it is in the library unharmed.

        Where the picture of a seed is known to have failed its checks, that of the seed tried instead is
        looked for, as making it would. None also where all seeds are known to have failed.
        """
        for attempt in range(retries + 1):
            tried = shifted_seed(seed, attempt * RETRY_SEED_STEP)
            known = self._facts(request)
            kept = [
                make_recipe(request, candidate, facts, tried).digest
                for facts in known
                for candidate in request.candidate_seeds(tried)
            ]
            for digest in kept:
                asset = self.library.assets.of_recipe(digest)
                found = self._read(asset) if asset is not None else None
                if found is not None:
                    return found
            drawn = (make_recipe(request, tried, facts, tried).digest for facts in known)
            if not any(self.library.assets.is_rejected(digest) for digest in drawn):
                return None
        return None

    def has(self, request: ResolvedRequest, seed: int) -> bool:
        """Whether the picture of ``seed`` is in the library by its record: nothing of it is read."""
        return any(
            self.library.assets.of_recipe(make_recipe(request, seed, facts, seed).digest) is not None
            for facts in self._facts(request)
        )

    def _facts(self, request: ResolvedRequest) -> tuple[EngineFacts, ...]:
        """Foretold once a run for each model, scheduler and runtime: they depend on little else of a request."""
        plain, composed = request.drawn_plainly, request.composition is not None
        own = request.composition is not None and bool(request.composition.own)
        key = (request.model, request.scheduler, request.runtime, plain, composed, own, request.engine)
        if key not in self._known:
            self._known[key] = self.predict_facts(request)
        return self._known[key]

    def _read(self, asset: Asset) -> CachedImage | None:
        """None if the file is damaged or gone: then the picture is made again, which mends it."""
        try:
            return CachedImage(asset, self.library.blobs.read(asset.blob))
        except (BlobCorrupt, BlobMissing):
            return None


def reject(library: Library, recipe: RecipeDigest) -> None:
    """Remember that the picture of ``recipe`` failed its checks."""
    with library.database.transaction() as transaction:
        library.assets.reject(transaction, recipe)


def make_recipe(request: ResolvedRequest, seed: int, facts: EngineFacts, first_seed: int) -> Recipe:
    """The recipe of the picture that ``request`` gives with ``seed`` on an engine of these facts.

    ``first_seed`` is that of the first candidate, and ``seed`` where there is but one. ``seed`` alone makes the
    picture again.
    """
    operations = []
    if request.candidates > 1:
        operations.append(f"best of {request.candidates} from seed {first_seed}")
    if request.inputs.mask is not None:
        operations.append("keep unmasked")
    output = request.output
    return Recipe(
        prompt=request.prompt,
        negative=request.negative,
        resolved_prompt=request.resolved_prompt,
        resolved_negative=request.resolved_negative,
        engine=facts.engine,
        model=request.model.name,
        model_family=request.model.family,
        model_digest=facts.model_digest,
        quality=request.quality,
        style=request.style,
        width=request.size.width,
        height=request.size.height,
        render_width=request.render_size.width,
        render_height=request.render_size.height,
        steps=request.steps,
        guidance=request.guidance,
        seed=seed,
        scheduler=facts.scheduler,
        device=facts.device,
        dtype=facts.dtype,
        operations=(*operations, *output.operations()),
        libraries={
            **facts.libraries,
            **medium_named(output.medium).finishing_libraries(output),
            **_plugins(request),
        },
        adapters=request.adapters.to_dict(),
        inputs=request.inputs.facts(),
        scheduler_name=request.scheduler.name if request.scheduler else "",
        strategy="" if request.strategy == FULL else request.strategy.name,
        components={
            part.name: {"source": part.source, "digest": part.digest} for part in request.loaded_components
        },
        output={} if isinstance(output, ImageOutput) else {"medium": output.medium, **all_facts(output)},
        runtime=facts.runtime,
        composition=_composition(request, seed),
        dress=request.image.dress.facts() if request.image.dress else {},
        enhanced=request.enhanced,
    )


def _plugins(request: ResolvedRequest) -> dict[str, str]:
    """The packages of plugins that make the picture of ``request``; nothing is looked for where all of it ships."""
    media = media_registry.REGISTRY.package_of(request.output.medium)
    if request.model.remote is None:
        return {**media, **engine_registry.REGISTRY.package_of(request.engine)}
    from audobon_cli.providers.services.registry import REGISTRY

    return {**media, **REGISTRY.package_of(request.provider)}


def _composition(request: ResolvedRequest, seed: int) -> dict[str, Any]:
    """What the picture of ``seed`` begins with: its scene, which names every drawing and every choice."""
    if request.composition is None:
        return {}
    from audobon_cli.exemplars.plan import scene_of

    return {"strength": request.composition.strength, "scene": scene_of(request, seed).facts()}
