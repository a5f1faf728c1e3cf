"""The composition root: opens settings, presets, library and engines on first use. Knows no terminal."""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from audobon_cli.settings.locations import Locations, user_locations
from audobon_cli.settings.settings import LoadedSettings, Settings, find_project_file, load_settings

if TYPE_CHECKING:
    from audobon_cli.engines.base import Engine
    from audobon_cli.services.model_shelf import ModelShelf
    from audobon_cli.settings.presets import Presets
    from audobon_cli.settings.vram_data import ForecastData
    from audobon_cli.stores.library import Library


class Workspace:
    """Everything that commands work with, for one folder and one set of variables.

    ``flags`` are settings given on the command line (None: not given). Making a Workspace reads
    nothing; each part is opened when it is first asked for, and raises then.
    """

    def __init__(
        self,
        folder: Path,
        variables: Mapping[str, str],
        flags: Mapping[str, object] | None = None,
        locations: Locations | None = None,
    ) -> None:
        self.folder = folder
        self.locations = locations or user_locations()
        self._variables = variables
        self._flags = dict(flags or {})
        self._engines: dict[tuple[str, str], Engine] = {}

    @cached_property
    def loaded_settings(self) -> LoadedSettings:
        """The settings with their sources. Raises SettingInvalid."""
        loaded = load_settings(self.locations.settings_file, find_project_file(self.folder), self._variables)
        for key, value in self._flags.items():
            loaded = loaded.with_flag(key, value)
        return loaded

    @property
    def author(self) -> str:
        """Who commits: the setting, else the name of the account."""
        names = (
            self.settings.author,
            *(self._variables.get(key, "") for key in ("USER", "USERNAME", "LOGNAME")),
        )
        return next((name for name in names if name), "unknown")

    @property
    def settings(self) -> Settings:
        """The settings' values."""
        return self.loaded_settings.values

    @cached_property
    def presets(self) -> "Presets":
        """The shipped presets and the user's own."""
        from audobon_cli.settings.presets import Presets, shipped_presets

        return Presets((("built-in", shipped_presets()), ("own", self.locations.presets)))

    @cached_property
    def forecasts(self) -> "ForecastData":
        """What the memory forecast knows of models."""
        from audobon_cli.settings.presets import shipped_presets
        from audobon_cli.settings.vram_data import ForecastData

        return ForecastData(shipped_presets())

    @cached_property
    def models(self) -> "ModelShelf":
        """The models known here, and where new ones go. Opens no connection."""
        from audobon_cli.services.model_shelf import ModelShelf
        from audobon_cli.settings.hub import hub_access

        return ModelShelf(
            presets=self.presets,
            folder=self.locations.models,
            hub=hub_access(self._variables),
            digest_cache=self.locations.digest_cache,
            offline=self.settings.offline,
            lock_wait_seconds=self.settings.lock_wait_seconds,
        )

    @cached_property
    def library_path(self) -> Path:
        """Where the library lies: the one set, else the project's, else the user's own."""
        from audobon_cli.stores.library import LIBRARY_FOLDER, Library

        if self.settings.library:
            chosen = Path(self.settings.library).expanduser()
            inside = chosen / LIBRARY_FOLDER
            return inside if Library(inside).exists else chosen
        return Library.find(self.folder) or self.locations.library

    @cached_property
    def library(self) -> "Library":
        """The library. The user's own is made when it is not there; any other must exist.

        Raises LibraryNotFound and what Library.create raises.
        """
        from audobon_cli.stores.library import Library

        wait = self.settings.lock_wait_seconds
        if not self.settings.library and self.library_path == self.locations.library:
            return Library.create(self.library_path, wait)
        return Library.open(self.library_path, wait)

    def engine(self, name: str = "local") -> "Engine":
        """The engine ``name``; the same one each time, so that models stay loaded."""
        from audobon_cli.engines.registry import create_engine

        key = (name, self.settings.device)
        if key not in self._engines:
            self._engines[key] = create_engine(
                name, device=self.settings.device or None, digest_cache=self.locations.digest_cache
            )
        return self._engines[key]

    def commit_after(self, command: str) -> None:
        """Commit what ``command`` changed, if the setting ``auto_commit`` says so. Raises SettingInvalid."""
        from audobon_cli.domain.errors import SettingInvalid

        if self.settings.auto_commit == "off" or "library" not in self.__dict__:
            return
        from audobon_cli.services.history.automatic import AutoCommit, commit_after

        try:
            policy = AutoCommit(self.settings.auto_commit)
        except ValueError as error:
            raise SettingInvalid(
                f"auto_commit is {self.settings.auto_commit!r}.",
                hint=f"set it to one of {', '.join(AutoCommit)}",
            ) from error
        commit_after(self.library, command, policy, self.author)

    def close(self) -> None:
        """Close what was opened."""
        if "library" in self.__dict__:
            self.library.close()
