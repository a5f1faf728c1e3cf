"""A repository that is being opened: its key is derived from the passphrase in a thread, beside other work."""

import hashlib
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property
from typing import TYPE_CHECKING

from audobon_cli.backup.repository.config import Config
from audobon_cli.backup.repository.unlock_keys import keys_in, read_valid_key_slots
from audobon_cli.platforms import current
from audobon_cli.remotes.base import Remote

if TYPE_CHECKING:
    from audobon_cli.backup.repository.crypto import Keys
    from audobon_cli.backup.repository.key_slots import UnlockSecret
    from audobon_cli.backup.repository.problems import Problem
    from audobon_cli.backup.repository.repository import Repository


class Unlocking:
    """Opens the repository whose configuration is ``config``. scrypt leaves the interpreter to others meanwhile.

    ``reserve`` as a Repository has it; ``secret_state`` see change_cache. What is wrong with the secret or the keys is
    raised by ``keys`` and ``repository``.
    """

    def __init__(
        self,
        remote: Remote,
        config: Config,
        secret: "UnlockSecret | None",
        uploads: int,
        reserve: bool,
        secret_state: str = "",
    ) -> None:
        self.remote, self.config = remote, config
        self._secret, self._secret_state = secret, secret_state
        self._uploads, self._reserve = uploads, reserve
        self._keys: Future[Keys] | None = None

    def begin(self) -> None:
        """Derive the key from now on, beside what else is done."""
        if self._keys is None:
            current().return_large_blocks()
            pool = ThreadPoolExecutor(1)
            self._keys = pool.submit(self._derive)
            pool.shutdown(wait=False)

    def keys(self) -> "Keys":
        """The repository's keys; waits for them. Raises BackupKeyRefused, BackupDamaged."""
        self.begin()
        assert self._keys is not None
        return self._keys.result()

    def witness(self) -> str:
        """A digest of all that decides whether the secret opens the repository: where it is the same as when it did,
        it does. Nothing secret goes into it: only which file holds the secret, and the key slots, which are named by
        their content. "" where the secret is in no file.

        Reads the slots; raises what a Remote raises.
        """
        if self.config.encrypted and not (self._secret and self._secret_state):
            return ""
        if self._keys is not None:
            self._keys.exception()  # its thread reads the slots
        parts = [self.config.repository.hex(), self._secret_state, *sorted(self._slots[0])]
        return hashlib.sha256("\n".join(parts).encode(errors="surrogateescape")).hexdigest()

    def repository(self) -> "Repository":
        """The opened repository; waits for it. Raises BackupKeyRefused, BackupNewer, BackupDamaged."""
        from audobon_cli.backup.repository.repository import Repository

        return Repository(self.remote, self.config, self.keys(), self._uploads, self._reserve)

    def close(self) -> None:
        """Close the remote, once the thread no longer uses it."""
        if self._keys is not None:
            self._keys.exception()
        self.remote.close()

    @cached_property
    def _slots(self) -> "tuple[dict[str, dict[str, object]], list[Problem]]":
        return read_valid_key_slots(self.remote) if self.config.encrypted and self._secret else ({}, [])

    def _derive(self) -> "Keys":
        return keys_in(self._slots, self.remote, self.config, self._secret)
