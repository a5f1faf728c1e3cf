"""Opening libraries with what the settings, the environment, the keyring or a person know of them."""

from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from audobon_cli.library.modes.private import keep_from_others
from audobon_cli.library.store.library import Library
from audobon_cli.library.store.location import has_library, is_encrypted
from audobon_cli.settings.settings import Settings

if TYPE_CHECKING:
    from audobon_cli.library.store.encryption.unlock import LibraryUnlock

PASSPHRASE_VARIABLE = "AUDOBON_LIBRARY_PASSPHRASE"


class LibraryAccess:
    """Opens libraries. ``ask`` asks a person for a passphrase, or gives None where nobody is there."""

    def __init__(
        self, settings: Settings, variables: Mapping[str, str], ask: Callable[[], str | None] | None = None
    ) -> None:
        self._settings, self._variables, self._ask = settings, variables, ask
        self._typed: str | None = None

    def open(self, path: Path, wait_seconds: float, create: bool = False) -> Library:
        """The library in ``path``, made now if it may be; an encrypted one is unlocked. In read-only mode it is only
        read, and none is made.

        Raises what Library.create, Library.open and LibraryUnlock.open raise.
        """
        keys = None
        if is_encrypted(path) and has_library(path):
            keys = self.unlock.open(path)[1]
        if create and not self._settings.read_only:
            made = not has_library(path)
            library = Library.create(path, wait_seconds, keys=keys)
            if made and self._settings.library_private:
                keep_from_others(path)
            return library
        return Library.open(path, wait_seconds, keys, self._settings.read_only)

    @cached_property
    def unlock(self) -> "LibraryUnlock":
        """What opens encrypted libraries here."""
        from audobon_cli.encryption.secret_files import SecretFiles
        from audobon_cli.library.store.encryption.unlock import LibraryUnlock

        settings = self._settings
        return LibraryUnlock(
            SecretFiles(settings.encryption_passphrase_file, settings.encryption_key_file),
            self._variables.get(PASSPHRASE_VARIABLE) or None,
            ask=self._asked,
        )

    @property
    def for_workers(self) -> dict[str, str]:
        """Variables that workers on the library need: a passphrase that was typed, which they cannot ask for."""
        return {} if self._typed is None else {PASSPHRASE_VARIABLE: self._typed}

    def _asked(self) -> str | None:
        self._typed = self._ask() if self._ask is not None else None
        return self._typed
