"""Models that are listed and not pulled yet, as far as a plan needs them: what they will fetch, and their settings."""

import shutil
from collections.abc import Callable
from pathlib import Path

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.errors import ModelNotFound
from audobon_cli.domain.model import Model, SizeRule
from audobon_cli.domain.units import Size
from audobon_cli.models.registry import ModelRegistry
from audobon_cli.presets.catalog import Presets
from audobon_cli.vram.shipped import ForecastData

NOT_HERE = Path()
"""The folder of a model that is not here: with it nothing can be loaded, only planned."""

ModelFinder = Callable[[str, ModelRegistry], Model]


@dataclass(frozen=True, slots=True)
class PendingDownload:
    """What a pull will fetch, and keep on the disk that has ``free_bytes``. ``about``: it is the size of the
    files, near enough; else they are at least so large (see ModelPreset.download_at_least)."""

    bytes: int
    about: bool
    free_bytes: int

    @property
    def fits(self) -> bool:
        """Whether the disk has room for it."""
        return self.bytes <= self.free_bytes


def is_unpulled(model: Model) -> bool:
    """Whether ``model`` can only be planned."""
    return model.remote is None and model.folder == NOT_HERE


def finding_unpulled(find: ModelFinder, data: ForecastData) -> ModelFinder:
    """``find``, that gives for a listed model that is not here one to plan with, where a forecast is known."""

    def found(reference: str, registry: ModelRegistry) -> Model:
        try:
            return find(reference, registry)
        except ModelNotFound:
            model = unpulled_model(reference, registry.presets, data)
            if model is None:
                raise
            return model

    return found


def unpulled_model(name: str, presets: Presets, data: ForecastData) -> Model | None:
    """The listed model ``name`` as its preset and its forecast describe it; None for what is not listed so."""
    preset, known = presets.models.get(name), data.models.get(name)
    family = presets.families.get(preset.family) if preset else None
    if preset is None or known is None or family is None or not preset.pull:
        return None
    side = known.model.native
    native = family.native if family.native_is_fixed else Size(side, side)
    rule = SizeRule(native, family.multiple, family.scales, family.minimum, family.maximum)
    return Model(
        name=name,
        family=family.name,
        pipeline=family.pipelines[0],
        folder=NOT_HERE,
        licence=preset.licence,
        size_rule=rule,
        description=preset.description,
        default_style=preset.default_style,
        quality=preset.quality,
        scheduler=preset.scheduler,
        float16=family.float16,
        calling=family.calling,
        engine=family.engine,
        produces=family.produces,
    )


def download_of(name: str, registry: ModelRegistry) -> PendingDownload | None:
    """What pulling ``name`` would fetch; None for what is here, for what is not listed, and where it is not known."""
    preset = registry.presets.models.get(name)
    if preset is None or preset.folder is not None or registry.manifests.get(name) is not None:
        return None
    size = preset.download_bytes or preset.download_at_least
    if not size:
        return None
    return PendingDownload(
        size, bool(preset.download_bytes), shutil.disk_usage(_existing(registry.hub.cache)).free
    )


def _existing(folder: Path) -> Path:
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder
