"""What a user asks to be pulled, and what is known of it before the first large byte."""

from dataclasses import dataclass, field
from pathlib import Path

from audobon_cli.models.hub_cache import HubCache
from audobon_cli.models.registry import ModelRegistry
from audobon_cli.models.source import Manifest, ModelSource, parse_source
from audobon_cli.presets.catalog import ModelPreset
from audobon_cli.transfer.download import Download


@dataclass(frozen=True, slots=True)
class PullRequest:
    """What to pull; None leaves a choice open. ``sha256`` is for single files; ``project`` is the Google
    Cloud project that pays where the reader does; ``allow_pickle`` takes pickled weights to convert them."""

    reference: str
    name: str | None = None
    revision: str | None = None
    variant: str | None = None
    sha256: str | None = None
    project: str = ""
    allow_pickle: bool = False


@dataclass(frozen=True, slots=True)
class Terms:
    """What else may be done to fetch a model; see PullRequest."""

    project: str = ""
    allow_pickle: bool = False


@dataclass(frozen=True, slots=True)
class PullPlan:
    """Everything that is known before the first large byte.

    ``draft`` is the manifest to be, without files; ``files`` maps each path to its download and
    ``versions`` to the source's own name for its content, if it has any; those in
    ``pickled`` are converted when they are there. ``cache`` is where models that
    have commits lie; ``revision`` is the one that the user asked for.
    """

    draft: Manifest
    files: dict[str, Download] = field(default_factory=dict)
    cache: HubCache | None = None
    revision: str = ""
    pipeline: str = ""
    versions: dict[str, str] = field(default_factory=dict)
    pickled: tuple[str, ...] = ()

    @property
    def workplace(self) -> Path:
        """The folder to lock while this is carried out."""
        return next(iter(self.files.values())).incomplete


def preset_of(source: ModelSource, name: str, registry: ModelRegistry) -> ModelPreset | None:
    """The preset that describes this source: that of the name, or any of the same place."""
    found = [preset for preset in registry.presets.models.values() if preset.pull]
    same = [p for p in found if (parsed := parse_source(p.pull)) and parsed.location == source.location]
    return next((preset for preset in same if preset.name == name), same[0] if same else None)
