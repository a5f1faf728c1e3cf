"""``pytest --encrypted``: every library of the tests is an encrypted one, whatever they are about.

So the trials of kills, power cuts, full disks, backups and histories hold for those, too: `install` makes libraries of
this process encrypted, `start/sitecustomize.py` those of children. All have one key, and no key slots.
"""

import os
from pathlib import Path

VARIABLE = "TESTS_ENCRYPTED"
START = Path(__file__).parent / "start"
MASTER = bytes(range(32))


def is_in_force() -> bool:
    """Whether the libraries of this process are encrypted."""
    return bool(os.environ.get(VARIABLE))


def install() -> None:
    """Encrypt all libraries that are opened from now on, here and in children."""
    from audobon_cli.library.store.encryption.keys import LibraryKeys
    from audobon_cli.library.store.library import Library

    os.environ[VARIABLE] = "1"
    plain = Library.__init__

    def encrypted(
        self: Library, root: Path, wait_seconds: float = 30.0, keys: LibraryKeys | None = None
    ) -> None:
        plain(self, root, wait_seconds, keys or LibraryKeys(MASTER))

    Library.__init__ = encrypted  # type: ignore[method-assign]
