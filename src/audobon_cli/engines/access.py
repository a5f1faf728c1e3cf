"""The engines and scorers of this machine, made here or kept by the warm process: what a workspace lends."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from audobon_cli.settings.locations import Locations
from audobon_cli.settings.settings import Settings

if TYPE_CHECKING:
    from audobon_cli.domain.request import ResolvedRequest
    from audobon_cli.engines.base import Engine, EngineFacts
    from audobon_cli.engines.registry import EngineFactory
    from audobon_cli.engines.scoring.cached_scorer import Scorer
    from audobon_cli.engines.warm.client import WarmLink
    from audobon_cli.engines.warm.long_loading import LongLoading
    from audobon_cli.engines.warm.place import WarmPlace


class EngineAccess:
    """Engines by the ``settings``. ``factory`` makes them (None: as the registry says). Imports one when it is used."""

    def __init__(
        self,
        settings: Settings,
        locations: Locations,
        variables: Mapping[str, str],
        factory: "EngineFactory | None" = None,
    ) -> None:
        self._settings = settings
        self._locations = locations
        self._variables = variables
        self._given = factory
        self._warm: WarmLink | None = None

    def engine(self) -> "Engine":
        """The engines of this machine as one: each request goes to that of its model. The same one each time, so that
        models stay loaded.
        """
        if self._warm is None:
            return self._own
        from audobon_cli.engines.hosting import EngineProxy
        from audobon_cli.engines.registry import REGISTRY
        from audobon_cli.engines.routing import RoutedEngine

        warm = EngineProxy(self._warm, self._own)
        # The warm process serves commands with other settings too: it runs no code of plugins.
        return RoutedEngine(lambda request: self._own if REGISTRY.plugin(request.engine) else warm)

    @cached_property
    def _own(self) -> "Engine":
        return self.new_engine()

    def new_engine(self) -> "Engine":
        """Another one, without any model: for who outlives changes of the models' files."""
        from audobon_cli.engines.routing import LocalEngines

        if self._settings.offline:
            from audobon_cli.engines.sockets import import_without_sockets

            import_without_sockets()
        return LocalEngines(lambda name: self._factory.create(name, **self._options()))

    def scorer(self) -> "Scorer":
        """What chooses among candidates."""
        from audobon_cli.engines.scoring.cached_scorer import CachedScorer

        own = CachedScorer(self._factory.create_scorer)
        if self._warm is None:
            return own
        from audobon_cli.engines.hosting import ScorerProxy

        return ScorerProxy(self._warm, own)

    def predict_facts(self, request: "ResolvedRequest") -> "tuple[EngineFacts, ...]":
        """The facts that loading the model of ``request``, one of this machine, may give."""
        return self._factory.predict_facts(request.engine, request, **self._options())

    def use_warm(self, keep: str | None) -> None:
        """Let the engine be that of the warm process from now on, if there is one or ``keep`` (else the
        setting) says that there shall be; with 0 the one that is there is asked to leave. Raises InvalidInput.
        """
        from audobon_cli.domain.units import parse_seconds

        text = self._settings.keep_warm if keep is None else keep
        place = self.warm_place
        if not text and not place.socket.exists():
            return
        from audobon_cli.engines.warm.client import WarmLink, query_status

        seconds = parse_seconds(text, "--keep-warm") if text else 0.0
        if text and not seconds:
            query_status(place, leave=True)
            return
        self._warm = WarmLink(place, seconds, self._variables)

    @property
    def warm_obstacle(self) -> str:
        """Why the model that shall stay in memory will not, and what helps, in a sentence; "" where nothing is known to
        be in its way."""
        if self._warm is None or not self._warm.keep_seconds:
            return ""
        obstacle = self._warm.place.obstacle
        return f"The model is not kept in memory: {obstacle[0]}; {obstacle[1]}" if obstacle else ""

    @property
    def long_loading(self) -> "LongLoading":
        """The models that took long to load here."""
        from audobon_cli.engines.warm.long_loading import LongLoading

        return LongLoading(self._locations.cache / "long-loading")

    @property
    def may_keep_by_itself(self) -> bool:
        """Whether models may be kept in memory that nobody asked to keep: main memory, which is given back when it is
        short. What else wants a card's memory cannot be seen before it fails. Never in continuous integration."""
        from audobon_cli.engines.diffusers.predicted_facts import likely_device
        from audobon_cli.engines.warm.long_loading import runs_unattended

        return not runs_unattended(self._variables) and (self._settings.device or likely_device()) == "cpu"

    def keep_long_loading(self, models: Sequence[str]) -> None:
        """Use a warm process for some minutes if one of ``models`` took long to load before, and neither a setting nor
        a process that is there says otherwise."""
        if self._warm is not None or self._settings.keep_warm:
            return
        if any(map(self.long_loading.has, models)) and self.may_keep_by_itself:
            from audobon_cli.engines.warm.long_loading import KEPT

            self.use_warm(KEPT)

    @property
    def warm_place(self) -> "WarmPlace":
        """Where the warm process is, if there is one."""
        from audobon_cli.engines.warm.place import WarmPlace

        settings, locations = self._settings, self._locations
        return WarmPlace(
            locations.runtime,
            settings.device,
            locations.digest_cache,
            settings.offline,
            locations.logs / "warm.log",
        )

    @property
    def keeps_warm(self) -> bool:
        """Whether the engine is that of the warm process."""
        return self._warm is not None

    def warm_bytes(self) -> int:
        """What the warm process holds of the memory that the next picture will use; 0 where none is used."""
        return 0 if self._warm is None else self._warm.held_bytes()

    def close(self) -> None:
        """Let go of the warm process."""
        if self._warm is not None:
            self._warm.close()

    @cached_property
    def _factory(self) -> "EngineFactory":
        if self._given is not None:
            return self._given
        from audobon_cli.engines.registry import EngineFactory

        return EngineFactory()

    def _options(self) -> dict[str, Any]:
        return {"device": self._settings.device or None, "digest_cache": self._locations.digest_cache}
