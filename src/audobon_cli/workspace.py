"""The composition root: opens settings, presets, library and engines on first use. Knows no terminal."""

import os
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from audobon_cli.plugins.enabling import NONE, enable_by, has_no_plugins
from audobon_cli.settings.locations import Locations, user_locations
from audobon_cli.settings.settings import LoadedSettings, Settings, find_project_file, load_settings

if TYPE_CHECKING:
    from audobon_cli.backup.destinations import Destinations
    from audobon_cli.backup.opener import RepositoryOpener
    from audobon_cli.cloud.access import CloudAccess
    from audobon_cli.domain.events import Listener
    from audobon_cli.domain.request import ResolvedRequest
    from audobon_cli.encryption.secret_files import Ask
    from audobon_cli.engines.access import EngineAccess
    from audobon_cli.engines.base import BatchSizeOf, Engine, EngineFacts
    from audobon_cli.engines.registry import EngineFactory
    from audobon_cli.engines.scoring.cached_scorer import Scorer
    from audobon_cli.engines.warm.place import WarmPlace
    from audobon_cli.generation.cache import ResultCache
    from audobon_cli.library.encryption.access import LibraryAccess
    from audobon_cli.library.store.library import Library
    from audobon_cli.models.registry import ModelRegistry
    from audobon_cli.presets.catalog import Presets
    from audobon_cli.providers.engine import RemoteEngine
    from audobon_cli.providers.registry import ProviderRegistry
    from audobon_cli.settings.limits import ResourceLimits
    from audobon_cli.sprites.contract import Contract
    from audobon_cli.vram.access import ForecastAccess
    from audobon_cli.vram.placed import PlannedRequest


class Workspace:
    """Everything that commands work with, for one folder and one set of variables.

    ``flags`` are settings given on the command line (None: not given); ``engines`` makes engines (None: as the registry
    says); ``ask`` asks for passphrases. Making one reads nothing; parts are opened on first use, and raise then."""

    def __init__(
        self,
        folder: Path,
        variables: Mapping[str, str],
        flags: Mapping[str, object] | None = None,
        locations: Locations | None = None,
        engines: "EngineFactory | None" = None,
        ask: "Ask | None" = None,
    ) -> None:
        self.folder = folder
        self.command = ""
        self.locations = locations or user_locations()
        self._variables = variables
        self._flags = dict(flags or {})
        self._engines = engines
        self._ask = ask
        self._remote_engines: dict[str, RemoteEngine] = {}
        enable_by(lambda: NONE if has_no_plugins(variables) else self.settings.plugins_enabled)
        self.listen: Listener = lambda _: None  # hears of what is asked again over a network
        self.on_settings: Callable[[Settings], None] = lambda _: None  # told when they are first read

    @cached_property
    def loaded_settings(self) -> LoadedSettings:
        """The settings with their sources. Raises SettingInvalid."""
        loaded = load_settings(self.locations.settings_file, find_project_file(self.folder), self._variables)
        for key, value in self._flags.items():
            loaded = loaded.with_flag(key, value)
        self.on_settings(loaded.values)
        return loaded

    @property
    def author(self) -> str:
        """Who commits: the setting, else the name of the account."""
        from audobon_cli.history.author import author_name

        return author_name(self.settings.author, self._variables)

    @property
    def settings(self) -> Settings:
        """The settings' values."""
        return self.loaded_settings.values

    @cached_property
    def limits(self) -> "ResourceLimits":
        """What the program may take of this machine; from now on the system holds this process to it. Raises
        SettingInvalid."""
        from audobon_cli.settings.limits import hold_memory, resource_limits

        limits = resource_limits(self.settings)
        hold_memory(limits)
        return limits

    @cached_property
    def contract(self) -> "Contract":
        """What the project's audobon.toml says its sprites must keep to. Raises SettingInvalid."""
        from audobon_cli.sprites.contract_file import load_contract

        return load_contract(find_project_file(self.folder))

    @cached_property
    def presets(self) -> "Presets":
        """The shipped presets, the user's own, and those of plugins."""
        from audobon_cli.plugins.presets import preset_folders
        from audobon_cli.presets.catalog import Presets, shipped_presets

        folders = (("built-in", shipped_presets()), ("own", self.locations.presets))
        return Presets(folders, preset_folders(), self.locations.preset_cache)

    @cached_property
    def vram(self) -> "ForecastAccess":
        """The memory forecast, and what it says of this machine."""
        from audobon_cli.vram.access import ForecastAccess

        return ForecastAccess(
            self.settings.device,
            self.limits.memory_bytes,
            self.locations,
            self.presets,
            self.models,
            lambda: self.engine_access.warm_bytes(),
        )

    @cached_property
    def models(self) -> "ModelRegistry":
        """The models known here, and where new ones go. Opens no connection."""
        from audobon_cli.models.registry import ModelRegistry
        from audobon_cli.settings.google import google_access
        from audobon_cli.settings.hub import hub_access

        return ModelRegistry(
            presets=self.presets,
            folder=self.locations.models,
            hub=hub_access(self._variables),
            digest_cache=self.locations.digest_cache,
            offline=self.settings.offline,
            lock_wait_seconds=self.settings.lock_wait_seconds,
            google=google_access(self._variables),
        )

    @cached_property
    def library_path(self) -> Path:
        """Where the library lies: the one set, else the project's, else the user's own."""
        from audobon_cli.library.store.location import library_folder

        return library_folder(self.settings.library, self.folder) or self.locations.library

    @property
    def writable_library_path(self) -> Path:
        """The same, for what changes files of a library without opening it, or makes one. Raises LibraryReadOnly in
        read-only mode."""
        if self.settings.read_only:
            from audobon_cli.storage.disk_errors import library_held

            raise library_held(self.library_path)
        return self.library_path

    @property
    def existing_library_path(self) -> Path:
        """Where the library lies, without opening it; what has none is made or refused as `library` does it."""
        from audobon_cli.library.store.location import has_library

        return self.library_path if has_library(self.library_path) else self.library.root

    @cached_property
    def library(self) -> "Library":
        """The library. The user's own is made when it is not there; any other must exist. Raises LibraryNotFound and
        what Library.create and LibraryUnlock.open raise."""
        from audobon_cli.library.store.blobs import PRIVATE_MODE, PUBLIC_MODE

        own = not self.settings.library and self.library_path == self.locations.library
        limits = self.limits
        library = self.library_access.open(self.library_path, self.settings.lock_wait_seconds, create=own)
        library.most_bytes = limits.library_bytes
        library.blobs.mode = PRIVATE_MODE if self.settings.library_private else PUBLIC_MODE
        if self.settings.audit_log:
            from audobon_cli.library.audit.writer import recorder

            library.witness = recorder(library.root, self.locations.audit, self.author, self.command)
        return library

    @cached_property
    def library_access(self) -> "LibraryAccess":
        """Opens libraries, those that are encrypted too."""
        from audobon_cli.library.encryption.access import LibraryAccess

        return LibraryAccess(self.settings, self._variables, self._ask)

    @property
    def queue_log(self) -> Path:
        """Where workers in the background say what they do: nowhere for an encrypted library, as they say prompts."""
        return Path(os.devnull) if self.library.keys is not None else self.locations.logs / "queue.log"

    @cached_property
    def engine_access(self) -> "EngineAccess":
        """The engines of this machine, none of them made yet."""
        from audobon_cli.engines.access import EngineAccess

        _ = self.limits
        return EngineAccess(self.settings, self.locations, self._variables, self._engines)

    def engine(self) -> "Engine":
        """See EngineAccess.engine."""
        return self.engine_access.engine()

    def scorer(self) -> "Scorer":
        """What chooses among candidates."""
        return self.engine_access.scorer()

    def use_warm(self, keep: str | None) -> None:
        """See EngineAccess.use_warm."""
        self.engine_access.use_warm(keep)

    @property
    def warm_place(self) -> "WarmPlace":
        """Where the warm process is, if there is one."""
        return self.engine_access.warm_place

    def predict_facts(self, request: "ResolvedRequest") -> "tuple[EngineFacts, ...]":
        """The facts that loading the model of ``request`` may give, told without loading it."""
        if request.model.remote is None:
            return self.engine_access.predict_facts(request)
        from audobon_cli.providers.facts import remote_facts

        return (remote_facts(request),)

    @cached_property
    def providers(self) -> "ProviderRegistry":
        """Services that draw elsewhere. Opens nothing."""
        from audobon_cli.providers.registry import open_providers

        return open_providers(self.presets, self.settings, self._variables, self.locations)

    @cached_property
    def cloud(self) -> "CloudAccess":
        """Jobs on other people's machines. Opens nothing."""
        from audobon_cli.cloud.access import CloudAccess
        from audobon_cli.presets.catalog import shipped_presets

        return CloudAccess(
            *(self.settings, self._variables, self.locations, shipped_presets(), self.providers), self.listen
        )

    def engine_anywhere(self, here: "Engine | None" = None) -> "Engine":
        """An engine that gives each request to the provider of its model, and others to ``here`` (engine())."""
        from audobon_cli.engines.routing import RoutedEngine

        local = here or self.engine()

        def engine_of(request: "ResolvedRequest") -> "Engine":
            if request.model.remote is None:
                return local
            if request.provider not in self._remote_engines:
                from audobon_cli.generation.server_memory import server_memory

                admit = server_memory(self.vram.forecasts, self.settings.resources_max_card_memory).admit
                self._remote_engines[request.provider] = self.providers.engine(request.provider, admit)
            return self._remote_engines[request.provider]

        return RoutedEngine(engine_of)

    def batch_size_of(self, placed: "Sequence[PlannedRequest]") -> "BatchSizeOf":
        """How many pictures of a kind are drawn at a time: by the memory here, by the servers elsewhere."""
        here = self.vram.selector.together(placed)
        return lambda request: (
            here(request) if request.model.remote is None else self.providers.together(request)
        )

    def results(self) -> "ResultCache":
        """The pictures that engines and providers made before."""
        from audobon_cli.generation.cache import ResultCache

        return ResultCache(self.library, self.predict_facts)

    def commit_after(self, command: str) -> bool:
        """Commit what ``command`` changed where ``auto_commit`` says so; whether it did. Raises SettingInvalid."""
        if self.settings.read_only or self.settings.auto_commit == "off" or "library" not in self.__dict__:
            return False
        from audobon_cli.history.auto_commit import commit_after, policy_of

        policy = policy_of(self.settings.auto_commit)
        return commit_after(self.library, command, policy, self.author) is not None

    @cached_property
    def working_folder(self) -> Path:
        """A folder for large temporary files, made now (see roomy_folder). What a killed run leaves may be deleted."""
        from audobon_cli.storage.temporary import roomy_folder

        return roomy_folder(self.locations.cache / "work")

    @cached_property
    def destinations(self) -> "Destinations":
        """Where backups go. Raises SettingInvalid."""
        from audobon_cli.backup.destinations import load_destinations

        return load_destinations(*self.destination_files)

    def running_processes(self) -> Mapping[str, int]:
        """How many processes each service of this library has. Raises what the library raises."""
        from audobon_cli.services.list import running_processes

        return running_processes(self)

    @property
    def destination_files(self) -> "tuple[Path | None, Path | None]":
        """The settings files in which destinations are, that of the user and that of the project."""
        return self.locations.settings_file, find_project_file(self.folder)

    @cached_property
    def backup(self) -> "RepositoryOpener":
        """Opens backup repositories, and knows what belongs to a backup beside the library."""
        from audobon_cli.backup.opener import repository_opener

        project = find_project_file(self.folder)
        return repository_opener(self.locations, project, self._variables, self.settings.offline, self.listen)

    def close(self) -> None:
        """Close what was opened."""
        if "engine_access" in self.__dict__:
            self.engine_access.close()
        if "library" in self.__dict__:
            self.library.close()
        for engine in self._remote_engines.values():
            engine.close()
        if "providers" in self.__dict__:
            self.providers.ledger.close()
