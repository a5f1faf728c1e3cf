"""Opening an encrypted library: what was given, what the keyring keeps, what a person types."""

import secrets
from dataclasses import dataclass, field
from pathlib import Path

from audobon_cli.domain.errors import LibraryKeyRefused
from audobon_cli.encryption.key_slots import MASTER_BYTES, UnlockSecret
from audobon_cli.encryption.secret_files import (
    Ask,
    SecretFiles,
    SecretTerms,
    checked_secret,
    make_key_file,
    read_secret,
)
from audobon_cli.library.store.encryption.key_folder import KEYRING, KeyFolder, key_refused
from audobon_cli.library.store.encryption.keys import LibraryKeys
from audobon_cli.storage.os_keyring import TokenKeyring, TokenStore

TERMS = SecretTerms(
    refused=LibraryKeyRefused,
    making="audobon init --encrypted --key-file FILE",
    giving="give --keyring, --key-file or --passphrase-file, or set AUDOBON_LIBRARY_PASSPHRASE",
)


NO_FILES = SecretFiles()


def _nobody() -> str | None:
    return None


@dataclass(frozen=True)
class LibraryUnlock:
    """Where the secrets of encrypted libraries come from: files of the settings, a passphrase of the environment, the
    keyring, a person."""

    files: SecretFiles = NO_FILES
    passphrase: str | None = None
    keyring: TokenStore = field(default_factory=TokenKeyring)
    ask: Ask = _nobody

    def open(self, root: Path) -> tuple[str, LibraryKeys]:
        """The slot that opened the library in ``root``, and the keys. A person is asked only if nothing else was found
        that could open it.

        Raises LibraryKeyRefused, LibraryKeysDamaged, LibraryNewer.
        """
        folder = KeyFolder(root)
        ways = {slot.way for slot in folder.listed()}
        tried = []
        given = read_secret(self.files, TERMS)
        if given is not None:
            tried.append(given)
        if KEYRING in ways:
            kept = self.keyring.get(keyring_name(folder.library_id()))
            tried += [of_keyring(kept)] if kept else []
        if self.passphrase is not None:
            tried.append(UnlockSecret(passphrase=self.passphrase))
        if not tried and "passphrase" in ways:
            asked = self.ask()
            tried += [] if asked is None else [UnlockSecret(passphrase=asked)]
        found = folder.open(tried)
        if found is None:
            raise key_refused(root, tried)
        return found


@dataclass(frozen=True, slots=True)
class NewSecret:
    """What is to open a library from now on: files, the environment's passphrase, the keyring, or what a person
    types."""

    files: SecretFiles = NO_FILES
    passphrase: str | None = None
    in_keyring: bool = False
    ask: Ask = _nobody

    def choose(self) -> tuple[UnlockSecret, Path | None]:
        """The secret, not yet kept in the keyring, and the key file that was made for it. Raises LibraryKeyRefused."""
        if self.in_keyring:
            return of_keyring(secrets.token_hex(MASTER_BYTES)), None
        made = make_key_file(self.files)
        found = read_secret(self.files, TERMS)
        if found is None:
            passphrase = self.passphrase if self.passphrase is not None else self.ask()
            found = None if passphrase is None else UnlockSecret(passphrase=passphrase)
        return checked_secret(found, TERMS), made


def keep_in_keyring(keyring: TokenStore, library: bytes, secret: UnlockSecret) -> None:
    """Let the keyring keep ``secret``, if it is one for it. Raises KeyringUnavailable."""
    if secret.way == KEYRING and secret.key_file is not None:
        keyring.put(keyring_name(library.hex()), secret.key_file.decode())


def keyring_name(library: str) -> str:
    """What the entry of a library is called in the keyring."""
    return f"library {library}"


def of_keyring(kept: str) -> UnlockSecret:
    """The secret that a keyring kept."""
    return UnlockSecret(key_file=kept.encode(), kept_by=KEYRING)
