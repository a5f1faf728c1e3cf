"""The engines by name, and the scorers by medium. Nothing of either is imported until it is asked for."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.composition import COMPOSER
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.media import IMAGE, SOUND, MediaOutput
from audobon_cli.domain.model import LOCAL_ENGINE, Model
from audobon_cli.domain.presets import Style
from audobon_cli.domain.request import GenerationRequest, ResolvedRequest
from audobon_cli.engines.base import Engine, EngineFacts, LoadedScorer
from audobon_cli.plugins.discovery import PluginKind
from audobon_cli.plugins.registry import Registry, named

if TYPE_CHECKING:
    from audobon_cli.models.registry import ModelRegistry


@dataclass(frozen=True, slots=True)
class EngineEntry:
    """An engine: ``target`` is the ``"module:callable"`` that makes one; ``extra`` the extra of this package that it
    needs; ``produces`` the media that it makes; ``options`` what it takes of the options that engines are made with.

    ``predictor`` is ``"module:function"``: called with a request and the same options, it gives the
    EngineFacts that loading the request's model may give, without importing anything heavy.
    """

    name: str
    target: str
    predictor: str
    produces: tuple[str, ...] = (IMAGE,)
    options: tuple[str, ...] = ()
    extra: str = ""
    planner: str = ""
    """``"module:function"`` that completes a MediaOutput by the words of a request, where the engine reads them
    itself; called with the request, the output, its style, the presets and a SoundJudgeFinder."""

    def taken(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Those of ``options`` that this engine takes."""
        return {name: value for name, value in options.items() if name in self.options}


ENGINES = {
    entry.name: entry
    for entry in (
        EngineEntry(
            LOCAL_ENGINE,
            "audobon_cli.engines.runtimes:LocalRuntimes",
            "audobon_cli.engines.runtimes:predict_facts",
            (IMAGE, SOUND),
            options=("device", "digest_cache"),
        ),
        EngineEntry(
            COMPOSER,
            "audobon_cli.engines.composer:ComposerEngine",
            "audobon_cli.engines.composer:predict_facts",
        ),
        EngineEntry(
            "synth",
            "audobon_cli.engines.synth.engine:SynthEngine",
            "audobon_cli.engines.synth.facts:predict_facts",
            (SOUND,),
            planner="audobon_cli.engines.synth.plan:plan_sound",
        ),
    )
}

REGISTRY: Registry[EngineEntry] = Registry(PluginKind.ENGINES, ENGINES, EngineEntry)
"""These, and those of plugins, whose entry points name an EngineEntry."""

SOUND_JUDGE = "audobon_cli.engines.listening.judge:find_judge"

SCORERS = {IMAGE: "audobon_cli.engines.runtimes:create_image_scorer"}
"""What judges each medium, as ``"module:callable"``: made for a model."""


def engine_names() -> tuple[str, ...]:
    """The names of all engines, sorted."""
    return tuple(sorted(REGISTRY.names()))


def create_engine(name: str, **options: Any) -> Engine:
    """A new engine, made with those of ``options`` that it takes. Importing a local engine takes seconds.

    Raises InvalidInput if no engine is called that, or if packages that it needs are not installed.
    """
    entry = _entry(name)
    try:
        return cast(Engine, named(entry.target)(**entry.taken(options)))
    except ModuleNotFoundError as error:
        plugin = REGISTRY.plugin(name)
        if plugin is not None:
            raise plugin.unusable(f"the package {error.name} is not installed") from error
        package = f"audobon-cli[{entry.extra}]" if entry.extra else "audobon-cli"
        raise InvalidInput(
            f"The engine {name} needs the package {error.name}, which is not installed.",
            hint=f"pip install '{package}'",
        ) from error


def predict_facts(name: str, request: ResolvedRequest, **options: Any) -> tuple[EngineFacts, ...]:
    """What the engine ``name`` made with ``options`` may say of itself once the request's model is loaded.

    Raises InvalidInput if no engine is called that, and what the engine raises for a damaged model.
    """
    entry = _entry(name)
    return cast("tuple[EngineFacts, ...]", named(entry.predictor)(request, **entry.taken(options)))


def complete_output(
    model: Model,
    request: GenerationRequest,
    output: MediaOutput,
    style: Style,
    registry: "ModelRegistry",
    device: str = "",
) -> MediaOutput:
    """``output`` with what the engine of ``model`` makes of the words of ``request``. Raises errors of usage; where a
    model of ``registry`` judges on ``device``, what loading it raises."""
    planner = _entry(model.engine).planner
    if not planner:
        return output

    def find_judge() -> Any:
        return named(SOUND_JUDGE)(registry, device)

    return cast(MediaOutput, named(planner)(request, output, style, registry.presets, find_judge))


def create_scorer(model: Model) -> LoadedScorer:
    """What judges the works of ``model``, which must have a scorer. Raises ModelDamaged."""
    return cast(LoadedScorer, named(SCORERS[model.produces])(model))


def check_engine(model: Model) -> None:
    """Raises InvalidInput if the model's engine is not known, or makes another medium."""
    entry = _entry(model.engine)
    if model.produces not in entry.produces:
        raise InvalidInput(
            f"The engine {entry.name} makes no {model.produces}, which the model {model.name} is for.",
            hint="correct `engine` or `produces` in the presets of the model's family",
        )


@dataclass(frozen=True, slots=True)
class EngineFactory:
    """How engines and scorers are made; tests put others in their place."""

    create: Callable[..., Engine] = create_engine
    predict_facts: Callable[..., tuple[EngineFacts, ...]] = predict_facts
    create_scorer: Callable[[Model], LoadedScorer] = create_scorer


def _entry(name: str) -> EngineEntry:
    entry = REGISTRY.load(name)
    if entry is None:
        hint = REGISTRY.hint(name) or f"engines are: {', '.join(engine_names())}"
        raise InvalidInput(f"There is no engine called {name!r}.", hint=hint)
    return entry
