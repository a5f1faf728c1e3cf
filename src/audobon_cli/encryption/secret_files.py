"""Passphrases and key files in files: reading them, making them, and what is said of those that are none."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from audobon_cli.domain.errors import AudobonError
from audobon_cli.domain.foreign.documents import MOST_BYTES, read_named
from audobon_cli.domain.foreign.text import decode_file
from audobon_cli.platforms import current
from audobon_cli.storage.durable_files import output_errors, write_output

SHORTEST_PASSPHRASE = 8
SMALLEST_KEY_FILE_BYTES = 32

Ask = Callable[[], str | None]
"""Asks a person for a passphrase; None where nobody is there."""


@dataclass(frozen=True, slots=True)
class UnlockSecret:
    """What opens a master key: a passphrase, or the content of a key file."""

    passphrase: str | None = None
    key_file: bytes | None = None
    kept_by: str = "key-file"
    """Where the content of a key file lies: in a file, or in a keyring."""

    @property
    def way(self) -> str:
        """How a key slot names it."""
        return "passphrase" if self.key_file is None else self.kept_by


@dataclass(frozen=True, slots=True)
class SecretFiles:
    """Files with the secret that opens a repository or a library; "" for none."""

    passphrase_file: str = ""
    key_file: str = ""


@dataclass(frozen=True, slots=True)
class SecretTerms:
    """The errors of secrets: their class, what makes a key file, and how a secret is given."""

    refused: type[AudobonError]
    making: str
    giving: str


def read_secret(given: SecretFiles, terms: SecretTerms) -> UnlockSecret | None:
    """The secret in the files that were given; None without one. Raises ``terms.refused``."""
    if given.key_file:
        return UnlockSecret(key_file=read_key_file(Path(given.key_file).expanduser(), terms))
    if given.passphrase_file:
        return UnlockSecret(passphrase=read_passphrase(Path(given.passphrase_file).expanduser(), terms))
    return None


def read_key_file(path: Path, terms: SecretTerms) -> bytes:
    """The content of a key file. Raises ``terms.refused``."""
    content = _read(path, "key file", terms)
    if len(content) < SMALLEST_KEY_FILE_BYTES:
        raise terms.refused(
            f"The key file {path} has {len(content)} bytes; it must have {SMALLEST_KEY_FILE_BYTES} random ones.",
            hint=f"`{terms.making}` makes one where FILE is not there",
        )
    return content


def read_passphrase(path: Path, terms: SecretTerms) -> str:
    """The first line of a passphrase file, without the mark that editors write before it. Raises ``terms.refused``."""
    try:
        lines = decode_file(_read(path, "passphrase file", terms)).splitlines()
    except UnicodeDecodeError:
        lines = []
    if not lines or not lines[0]:
        raise terms.refused(
            f"The passphrase file {path} has no first line that could be one.",
            hint="write the passphrase into it",
        )
    return lines[0]


def _read(path: Path, what: str, terms: SecretTerms) -> bytes:
    try:
        return read_named(path, MOST_BYTES)
    except (OSError, ValueError) as error:
        raise terms.refused(
            f"The {what} {path} cannot be read: {getattr(error, 'strerror', error)}.",
            hint="check the path and its permissions",
        ) from error


def make_key_file(given: SecretFiles) -> Path | None:
    """Make the key file that was named, if it is not there: where it lies now, else None."""
    if not given.key_file:
        return None
    import secrets

    path = Path(given.key_file).expanduser()
    if path.exists():
        return None
    with output_errors(path):
        write_output(path, secrets.token_hex(SMALLEST_KEY_FILE_BYTES).encode() + b"\n")
        current().make_private(path)
    return path.absolute()


def checked_secret(secret: UnlockSecret | None, terms: SecretTerms) -> UnlockSecret:
    """``secret`` if it is good enough for a new key. Raises ``terms.refused``."""
    if secret is None:
        raise terms.refused("No passphrase or key file was given.", hint=terms.giving)
    if secret.passphrase is not None and len(secret.passphrase) < SHORTEST_PASSPHRASE:
        raise terms.refused(
            f"The passphrase has {len(secret.passphrase)} characters.",
            hint=f"take {SHORTEST_PASSPHRASE} or more; several words are easy to keep in mind",
        )
    return secret


def chosen_secret(given: SecretFiles, ask: Ask, terms: SecretTerms) -> UnlockSecret:
    """The secret for a new key: a file that was given (a key file is made if need be), else what a person types.

    Raises ``terms.refused`` where there is none.
    """
    make_key_file(given)
    found = read_secret(given, terms)
    if found is None:
        passphrase = ask()
        found = None if passphrase is None else UnlockSecret(passphrase=passphrase)
    return checked_secret(found, terms)
