"""A repository that is being opened: its key is derived from the passphrase in a thread, beside other work."""

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from audobon_cli.backup.repository.config import Config
from audobon_cli.backup.repository.unlock_keys import read_keys
from audobon_cli.platforms import current
from audobon_cli.remotes.base import Remote

if TYPE_CHECKING:
    from audobon_cli.backup.repository.crypto import Keys
    from audobon_cli.backup.repository.key_slots import UnlockSecret
    from audobon_cli.backup.repository.repository import Repository


class Unlocking:
    """Opens the repository whose configuration is ``config``. scrypt leaves the interpreter to others meanwhile.

    ``reserve`` as a Repository has it. What is wrong with the secret or the keys is raised by ``repository``.
    """

    def __init__(
        self, remote: Remote, config: Config, secret: "UnlockSecret | None", uploads: int, reserve: bool
    ) -> None:
        self.remote, self.config = remote, config
        self._uploads, self._reserve = uploads, reserve
        current().return_large_blocks()
        pool = ThreadPoolExecutor(1)
        self._keys = pool.submit(read_keys, remote, config, secret)
        pool.shutdown(wait=False)

    def keys(self) -> "Keys":
        """The repository's keys; waits for them. Raises BackupKeyRefused, BackupDamaged."""
        return self._keys.result()

    def repository(self) -> "Repository":
        """The opened repository; waits for it. Raises BackupKeyRefused, BackupNewer, BackupDamaged."""
        from audobon_cli.backup.repository.repository import Repository

        return Repository(self.remote, self.config, self.keys(), self._uploads, self._reserve)

    def close(self) -> None:
        """Close the remote, once the thread no longer uses it."""
        self._keys.exception()
        self.remote.close()
