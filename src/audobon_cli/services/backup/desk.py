"""Opening repositories, with all that a command must know for it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from audobon_cli.domain.errors import BackupDamaged, BackupKeyRefused, InvalidInput, PointNotFound, SourceOffline
from audobon_cli.services.backup.unchanged import BackupCache, LastBackup
from audobon_cli.settings.backup import Destination
from audobon_cli.stores.remotes.opening import open_remote
from audobon_cli.stores.remotes.remote import Remote

if TYPE_CHECKING := False:
    from audobon_cli.services.backup.snapshot import Extras
