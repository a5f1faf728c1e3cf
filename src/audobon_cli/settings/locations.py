"""The platform's own folders for configuration, data, caches and logs."""

import os
from pathlib import Path

from audobon_cli.dataclass import dataclass
from audobon_cli.platforms import current


@dataclass(frozen=True, slots=True)
class Locations:
    """Folders of one user. None of them need exist."""

    config: Path
    data: Path
    cache: Path
    logs: Path
    runtime: Path
    """Sockets: in the user's runtime folder where there is one, else in the cache."""

    @property
    def settings_file(self) -> Path:
        """The user's settings file."""
        return self.config / "settings.toml"

    @property
    def presets(self) -> Path:
        """Where a user's own presets lie."""
        return self.config / "presets"

    @property
    def templates(self) -> Path:
        """Where a user's own templates of prompts lie."""
        return self.config / "prompts"

    @property
    def library(self) -> Path:
        """The user's own library, used outside of projects."""
        return self.data / "library"

    @property
    def credentials(self) -> Path:
        """The key that signs exported files."""
        return self.data / "credentials"

    @property
    def models(self) -> Path:
        """Records of pulled models, and those models that have no cache of their own."""
        return self.data / "models"

    @property
    def digest_cache(self) -> Path:
        """Digests of model files, by path, size and time."""
        return self.cache / "digests.json"

    @property
    def trace_cache(self) -> Path:
        """Allocation traces of networks that do not ship."""
        return self.cache / "vram"

    @property
    def preset_cache(self) -> Path:
        """What the shipped presets say, parsed."""
        return self.cache / "presets"

    @property
    def backup_cache(self) -> Path:
        """What is known of the last backups; losing it costs time only."""
        return self.cache / "backup"

    @property
    def calibrations(self) -> Path:
        """What `vram profile` measured."""
        return self.data / "vram.json"

    @property
    def usage(self) -> Path:
        """The ledger of what was spent at providers."""
        return self.data / "usage"

    @property
    def log_file(self) -> Path:
        """The rotating log."""
        return self.logs / "audobon.jsonl"

    @property
    def audit(self) -> Path:
        """Keys of audit logs."""
        return self.data / "audit"

    @property
    def monitor(self) -> Path:
        """What monitors found last, a file for each library."""
        return self.data / "monitor"

    @property
    def services(self) -> Path:
        """Which services run."""
        return self.data / "services"

    @property
    def breakers(self) -> Path:
        """Which providers' servers failed of late."""
        return self.data / "breakers.json"

    @property
    def collector(self) -> Path:
        """Whether the collector that telemetry is sent to answered of late."""
        return self.data / "collector.json"

    @property
    def metrics(self) -> Path:
        """Counts of all runs."""
        return self.data / "metrics"


def user_locations() -> Locations:
    """The folders that this platform gives the program (XDG variables are honoured on Linux)."""
    config, data, cache, log = _xdg_folders() or _system_folders()
    # platformdirs would fall back to a folder in /tmp, which anybody may have made; the cache is this user's alone.
    given = _runtime_folder()
    runtime = given / "audobon" if given and not foreign_runtime() else cache / "run"
    return Locations(config, data, cache, log, runtime)


def _xdg_folders() -> tuple[Path, Path, Path, Path] | None:
    """What `_system_folders` finds where the variables of the XDG specification say all, on Linux, without the import,
    which takes as long as the rest of a short command; None elsewhere, and without a home."""
    home = os.environ.get("HOME", "")
    if current().name != "linux" or not os.path.isabs(home):
        return None

    def base(variable: str, usual: str) -> Path:
        given = os.environ.get(variable, "")
        return Path(
            given if os.path.isabs(given) else Path(home, usual), "audobon"
        )  # relative ones count for nothing

    return (
        base("XDG_CONFIG_HOME", ".config"),
        base("XDG_DATA_HOME", ".local/share"),
        base("XDG_CACHE_HOME", ".cache"),
        base("XDG_STATE_HOME", ".local/state") / "log",
    )


def _system_folders() -> tuple[Path, Path, Path, Path]:
    """Where this system keeps configuration, data, caches and logs of the program."""
    from platformdirs import PlatformDirs

    dirs = PlatformDirs("audobon", appauthor=False)
    return dirs.user_config_path, dirs.user_data_path, dirs.user_cache_path, dirs.user_log_path


def foreign_runtime() -> Path | None:
    """The runtime folder that XDG_RUNTIME_DIR names if others may enter it, or it is another's; else None.

    The XDG base directory specification asks that it is the user's own, mode 0700; after su, in sudo and in containers
    the variable often names somebody else's.
    """
    given = _runtime_folder()
    return given if given and not current().is_private(Path(os.path.realpath(given))) else None


def _runtime_folder() -> Path | None:
    given = Path(os.environ.get("XDG_RUNTIME_DIR") or ".")
    return given if given.is_absolute() else None
