"""The memory forecast for this machine, opened on first use: what a workspace lends."""

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from audobon_cli.settings.locations import Locations

if TYPE_CHECKING:
    from audobon_cli.models.registry import ModelRegistry
    from audobon_cli.presets.catalog import Presets
    from audobon_cli.vram.calibrations import Calibrations
    from audobon_cli.vram.device_budget import DeviceBudget
    from audobon_cli.vram.forecasts import ForecastRepository
    from audobon_cli.vram.select_strategy import StrategySelector
    from audobon_cli.vram.shipped import ForecastData


class ForecastAccess:
    """What models need, and how requests fit on ``device`` ("": the one that is here) within ``memory_bytes`` (None: no
    limit). ``warm_bytes`` says what the warm process holds of the card."""

    def __init__(
        self,
        device: str,
        memory_bytes: int | None,
        locations: Locations,
        presets: "Presets",
        models: "ModelRegistry",
        warm_bytes: Callable[[], int],
    ) -> None:
        self._device = device
        self._memory_bytes = memory_bytes
        self._locations = locations
        self._presets = presets
        self._models = models
        self._warm_bytes = warm_bytes

    @cached_property
    def forecasts(self) -> "ForecastData":
        """What the memory forecast knows of models."""
        from audobon_cli.presets.catalog import shipped_presets
        from audobon_cli.vram.shipped import ForecastData

        return ForecastData(shipped_presets())

    @cached_property
    def repository(self) -> "ForecastRepository":
        """Forecasts of all models, traced here once where no trace ships."""
        from audobon_cli.vram.forecasts import ForecastRepository

        return ForecastRepository(self.forecasts, self._locations.trace_cache)

    @cached_property
    def calibrations(self) -> "Calibrations":
        """What `vram profile` measured on this machine."""
        from audobon_cli.vram.calibrations import read_calibrations

        return read_calibrations(self._locations.calibrations)

    @cached_property
    def selector(self) -> "StrategySelector":
        """Chooses how requests are held in the memory of this machine."""
        return self._selector(self.calibrations)

    def read_calibrations_again(self) -> None:
        """Let later plans go by what was measured meanwhile."""
        for name in ("calibrations", "selector"):
            self.__dict__.pop(name, None)

    @property
    def uncalibrated_selector(self) -> "StrategySelector":
        """The same by computed figures alone."""
        return self._selector({})

    def _selector(self, calibrations: "Calibrations") -> "StrategySelector":
        from audobon_cli.presets.catalog import shipped_presets
        from audobon_cli.vram.device_budget import LocalBudgets, device_budget, processor_budget
        from audobon_cli.vram.select_strategy import StrategySelector

        budgets = LocalBudgets(
            lambda: self._within_limits(device_budget(self._device, shipped_presets(), calibrations)),
            lambda: self._within_limits(processor_budget(calibrations)),
        )
        return StrategySelector(self.repository, self._presets, budgets, self._models)

    def _within_limits(self, card: "DeviceBudget") -> "DeviceBudget":
        from audobon_cli.vram.device_budget import held_to

        card = held_to(card, self._memory_bytes)
        if card.total_bytes is None:
            return card
        # What the warm process holds goes to the next picture: the plan is the same with it and without.
        return replace(card, total_bytes=card.total_bytes + self._warm_bytes())
