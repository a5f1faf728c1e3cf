"""What is known of a model before its first large byte, and what the plans of all published models share."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from audobon_cli.domain.errors import ModelUnsupported
from audobon_cli.models.files.model_index import INDEX_FILE
from audobon_cli.models.files.single_network import CONFIG_FILE, single_network
from audobon_cli.models.hub_cache import HubCache
from audobon_cli.models.install.request import PullRequest
from audobon_cli.models.install.select_files import PLAIN, Selection, select_files, select_network
from audobon_cli.models.registry import ModelRegistry
from audobon_cli.models.source import Manifest, ModelSource, parse_source
from audobon_cli.presets.catalog import ModelPreset
from audobon_cli.transfer.checksums import Checksum
from audobon_cli.transfer.download import Download, Origin


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


@dataclass(frozen=True)
class PlanBuilder:
    """Makes the plan of a model that its source publishes under commits. ``known`` is what is on record of it."""

    request: PullRequest
    source: ModelSource
    name: str
    registry: ModelRegistry
    known: Manifest | None

    @cached_property
    def cache(self) -> HubCache:
        """Where the model is to lie."""
        return self.registry.cache(self.source)

    @cached_property
    def preset(self) -> ModelPreset | None:
        """The preset that describes the source: that of the name, or any of the same place."""
        found = [preset for preset in self.registry.presets.models.values() if preset.pull]
        location = self.source.location
        same = [p for p in found if (parsed := parse_source(p.pull)) and parsed.location == location]
        return next((preset for preset in same if preset.name == self.name), same[0] if same else None)

    def select(self, paths: Collection[str], read: Callable[[str], dict[str, Any]]) -> Selection | None:
        """The files to fetch: of the variant asked for, else on record, else in the preset; None for what is no model.

        ``read`` gives the JSON object in one of ``paths``. Raises as select_files.
        """
        known, preset = self.known, self.preset
        usual = known.variant or PLAIN if known else preset.variant if preset else None
        wanted = self.request.variant or usual
        label, pickles = str(self.source), self.request.allow_pickle
        if INDEX_FILE in paths:
            return select_files(paths, read(INDEX_FILE), wanted, label, pickles)
        config = read(CONFIG_FILE) if CONFIG_FILE in paths else {}
        return select_network(paths, config, wanted, label, pickles) if single_network(config) else None

    def download(self, origin: Origin, key: str, size_bytes: int, checksum: Checksum | None) -> Download:
        """A file whose content ``key`` names."""
        cache = self.cache
        return Download(
            origin, cache.blob(key), cache.incomplete, cache.quarantine, key, size_bytes, checksum
        )

    def plan(
        self,
        files: dict[str, Download],
        selection: Selection,
        commit: str,
        *,
        revision: str,
        family: str = "",
        licence: str = "unknown",
        versions: Mapping[str, str] | None = None,
    ) -> PullPlan:
        """The plan of ``files``. ``family`` and ``licence`` count where nothing here says better."""
        preset = self.preset
        # Families that share a pipeline are told apart by the files, once they are here.
        sole = self.registry.presets.sole_family(selection.pipeline)
        draft = Manifest(
            name=self.name,
            kind=self.source.kind,
            source=str(self.source),
            folder=str(self.cache.snapshot(commit)),
            files=(),
            pulled="",
            commit=commit,
            variant=selection.variant,
            family=preset.family if preset else sole.name if sole else family,
            licence=preset.licence if preset else licence,
            description=preset.description if preset else "",
        )
        return PullPlan(
            draft, files, self.cache, revision, selection.pipeline, dict(versions or {}), selection.pickled
        )

    def no_pipeline(self, hint: str) -> ModelUnsupported:
        """The error for a source without an index of components."""
        return ModelUnsupported(
            f"{self.source} is not a diffusers model: it has no {INDEX_FILE}.",
            hint=hint,
            source=str(self.source),
        )
