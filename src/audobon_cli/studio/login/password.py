"""The password of a studio that others reach: read from a file, held as a hash, with few tries."""

import hashlib
import hmac
import secrets
import threading
import time
import unicodedata
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

from audobon_cli.domain.errors import PasswordTriesSpent, StudioPasswordMissing
from audobon_cli.domain.units import plural
from audobon_cli.encryption.secret_files import SecretTerms, read_passphrase
from audobon_cli.platforms import current

SHORTEST = 12
LONGEST = 500
MAKING = "(umask 077; openssl rand -base64 24 > FILE)"
TERMS = SecretTerms(StudioPasswordMissing, MAKING, "give --password-file FILE")
FREE_TRIES = 5
"""Wrong ones of one address before it has to wait."""
FIRST_WAIT_SECONDS = 1.0
LONGEST_WAIT_SECONDS = 60.0
ALL_TRIES, ALL_SECONDS = 60, 60.0
"""Wrong ones of all addresses together in so long."""
MOST_ADDRESSES = 1_000
MOST_WAITING = 4
"""Tries that wait for their turn: more would keep the threads from all other requests."""

COST = {"n": 2**15, "r": 8, "p": 1, "maxmem": 64 * 1024 * 1024, "dklen": 32}
"""scrypt (RFC 7914): 32 MiB and some 0.1 s a try."""


class Password:
    """Knows the password by its hash alone, and refuses who tries too often. For several threads."""

    def __init__(self, password: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._salt = secrets.token_bytes(16)
        self._hash = self._hashed(password)
        self._clock = clock
        self._turn = threading.Lock()
        self._waiting = threading.BoundedSemaphore(MOST_WAITING)
        self._failed: OrderedDict[str, tuple[int, float]] = OrderedDict()
        """Of an address: wrong tries one after the other, and until when it has to wait."""
        self._all: list[float] = []

    def admits(self, given: str, address: str) -> bool:
        """Whether ``given`` is the password, compared in constant time; one is looked at at a time.

        Raises PasswordTriesSpent for an ``address`` that has to wait, and while many are: then it was not looked at.
        """
        if not self._waiting.acquire(blocking=False):
            raise _spent(1)
        try:
            with self._turn:
                return self._looked_at(given, address)
        finally:
            self._waiting.release()

    def _looked_at(self, given: str, address: str) -> bool:
        now = self._clock()
        count, until = self._failed.get(address, (0, 0.0))
        self._all = [when for when in self._all if when > now - ALL_SECONDS]
        wait = max(until - now, self._all[0] + ALL_SECONDS - now if len(self._all) >= ALL_TRIES else 0.0)
        if wait > 0:
            raise _spent(int(wait) + 1)
        if hmac.compare_digest(self._hashed(given), self._hash):
            self._failed.pop(address, None)
            return True
        count += 1
        pause = FIRST_WAIT_SECONDS * 2 ** min(count - FREE_TRIES, 10) if count >= FREE_TRIES else 0.0
        self._failed[address] = count, now + min(pause, LONGEST_WAIT_SECONDS)
        self._failed.move_to_end(address)
        while len(self._failed) > MOST_ADDRESSES:
            self._failed.popitem(last=False)
        self._all.append(now)
        return False

    def _hashed(self, password: str) -> bytes:
        # Keyboards write the same letter in several ways; what cannot be written is no password of anybody.
        text = unicodedata.normalize("NFC", password).encode("utf-8", "replace")
        return hashlib.scrypt(text, salt=self._salt, **COST)


def _spent(seconds: int) -> PasswordTriesSpent:
    return PasswordTriesSpent(
        f"Too many wrong passwords: the next is looked at in {plural(seconds, 'second')}.",
        hint="wait, or open the address that the studio printed",
        retry_after_seconds=seconds,
    )


def read_password(path: Path) -> Password:
    """The password in the first line of a file that is this user's alone.

    Raises StudioPasswordMissing for a file that cannot be read, that others may read, and a password that is short.
    """
    text = read_passphrase(path, TERMS).strip()
    if not current().is_private_file(path):
        raise StudioPasswordMissing(
            f"Others than you may read the password file {path}.", hint=f"chmod 600 {path}"
        )
    if not SHORTEST <= len(text) <= LONGEST or len(set(text)) < SHORTEST // 3:
        raise StudioPasswordMissing(
            f"The password in {path} is too easy to guess, or longer than {LONGEST} characters.",
            hint=f"take {SHORTEST} or more of different ones: {MAKING.replace('FILE', str(path))}",
        )
    return Password(text)
