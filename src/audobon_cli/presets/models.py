"""Models that have a short name, from TOML."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.presets import QualitySettings

PACKAGE = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True)
class ModelPreset:
    """A model that has a short name: one whose files lie in ``folder``, or one to pull from ``pull``.

    ``pull`` is a source such as hf:ORG/NAME@COMMIT; ``variant`` the weights to take (None: as for any
    source); ``download_bytes`` about what that fetches, 0 if not known;
    ``download_at_least`` then what its parts take in half precision (files in full precision take up to twice that).
    """

    name: str
    family: str
    folder: Path | None
    licence: str
    description: str
    default_style: str
    source: str
    pull: str = ""
    variant: str | None = None
    download_bytes: int = 0
    scorer: Path | None = None
    """Folder of the network that judges its pictures (see engines.scoring.image_scorer), if it has one."""
    exports: Path | None = None
    """Folder of its exported graphs (see engines.onnx), if it has some."""
    exemplars: Path | None = None
    """Folder of the drawings that its pictures begin with (see exemplars.store), if it has one."""
    strength: float = 1.0
    """How far it goes from what it composes of them if nothing is said."""
    quality: tuple[tuple[str, QualitySettings], ...] = ()
    """Settings by quality where they are not those of the family (distilled models)."""
    scheduler: str = ""
    """A scheduler that the model wants in place of the one in its files."""
    download_at_least: int = 0
    network: str = ""
    width: int = 0
    """What adapters for it must fit, as models.files.weight_kinds.Architecture says it; none where it is not known."""
    without_files: bool = False
    """Whether its engine is all of it: there is nothing to pull, and no folder."""


@dataclass(frozen=True, slots=True)
class RefusedModel:
    """A model that cannot be run: ``location`` is ORG/NAME on the hub, ``why`` completes "it cannot be run: ...",
    ``instead`` is a model that can."""

    name: str
    location: str
    why: str
    instead: str


def read_refused(data: Mapping[str, Any]) -> dict[str, RefusedModel]:
    """The models of refused_models.toml, by name."""
    return {
        name: RefusedModel(name, str(one["location"]), str(one["why"]), str(one["instead"]))
        for name, one in data.items()
    }


def read_settings(data: Mapping[str, Any]) -> dict[str, QualitySettings]:
    """Settings by quality."""
    return {
        key: QualitySettings(
            int(values["steps"]),
            float(values["guidance"]),
            int(values.get("candidates", 1)),
            int(values.get("rate", 44_100)),
        )
        for key, values in data.items()
    }


def read_model(name: str, data: Mapping[str, Any], source: str) -> ModelPreset:
    """The model in one file. Raises KeyError, TypeError or ValueError for what makes no sense."""
    if ("folder" in data) + ("pull" in data) + bool(data.get("without_files")) != 1:
        raise ValueError("there must be one of folder, pull and without_files")
    variant = data.get("variant")
    return ModelPreset(
        name,
        str(data["family"]),
        _placed(data, "folder"),
        str(data["licence"]),
        str(data["description"]),
        str(data.get("default_style", "")),
        source,
        str(data.get("pull", "")),
        None if variant is None else str(variant),
        int(data.get("download_bytes", 0)),
        _placed(data, "scorer"),
        _placed(data, "exports"),
        _placed(data, "exemplars"),
        float(data.get("strength", 1.0)),
        tuple(sorted(read_settings(data.get("quality", {})).items())),
        str(data.get("scheduler", "")),
        int(data.get("download_at_least", 0)),
        str(data.get("network", "")),
        int(data.get("width", 0)),
        bool(data.get("without_files", False)),
    )


def _placed(data: Mapping[str, Any], key: str) -> Path | None:
    """The folder that ``key`` names: below the program unless it is absolute."""
    return PACKAGE / Path(str(data[key])).expanduser() if key in data else None
