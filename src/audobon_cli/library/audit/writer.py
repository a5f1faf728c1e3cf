"""Appending records, in the transaction of what they are of."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from audobon_cli.library.audit.chain import NO_MAC, encode, fields_of, key_at, mac_of, next_key
from audobon_cli.library.audit.keys import AuditKeys, KeyToCome
from audobon_cli.library.store import sql as sql
from audobon_cli.library.store.library import Library
from audobon_cli.storage.transaction import Transaction


class AuditWriter:
    """Writes records of ``who`` and ``what`` (a command) to the log of the library in ``root``."""

    def __init__(self, root: Path, keys: AuditKeys, who: str, what: str) -> None:
        self._root, self._keys, self._who, self._what = root, keys, who, what
        self._pending: tuple[str, KeyToCome] | None = None

    def record(self, statements: Transaction, did: Mapping[str, Sequence[str]]) -> None:
        """Append what ``did`` says, ids by verb; part of the transaction. Call `keep` when that is durable."""
        row = statements.row(sql.LAST_AUDIT_RECORD)
        number, before = (row[0] + 1, row[2]) if row else (1, NO_MAC)
        chain, index, key = self._key(fields_of(row[1]) if row else {})
        body = encode(
            {
                "n": number,
                "chain": chain,
                "k": index,
                "t": time.time_ns() // 1000,
                "who": self._who,
                "what": self._what,
                "did": {verb: list(ids) for verb, ids in did.items()},
            }
        )
        mac = mac_of(key, before, body)
        statements.run(sql.ADD_AUDIT_RECORD, number, body, mac)
        self._pending = chain, KeyToCome(index + 1, next_key(key), number, mac)

    def keep(self) -> None:
        """The transaction is durable: from now on its key is gone, and its record known outside of the library."""
        if self._pending is not None:
            self._keys.keep(*self._pending, self._root)
            self._pending = None

    def _key(self, last: Mapping[str, object]) -> tuple[str, int, bytes]:
        """Chain, index and key of the record behind ``last``. A new chain where there is none, where its keys are not
        here (the library came from elsewhere), and where the log is shorter than this machine knows it: what is left
        of the old keys then says so to `check_chain`."""
        chain, before = last.get("chain"), last.get("k")
        if isinstance(chain, str) and isinstance(before, int):
            index = before + 1
            known = self._keys.to_come(chain)
            if known is not None and known.index <= index:
                return chain, index, key_at(known.key, index - known.index)
            first = self._keys.secret(chain) if known is None else None
            if first is not None:
                return chain, index, key_at(first, index)
        chain, secret = self._keys.begin()
        return chain, 0, secret


def recorder(root: Path, keys: Path, who: str, what: str) -> AuditWriter:
    """A writer whose keys lie in the folder ``keys`` and in the system's keyring."""
    return AuditWriter(root, AuditKeys(keys), who, what)


def note_command(library: Library) -> None:
    """Have the library's witness record a command that changed no asset one by one, such as a backup."""
    if library.witness is not None:
        with library.database.transaction() as statements:
            library.witness.record(statements, {})
        library.witness.keep()
