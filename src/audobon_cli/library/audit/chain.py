"""Records, their codes, and what is wrong with a chain of them. Nothing here touches a disk."""

import hashlib
import hmac
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from audobon_cli.domain.foreign.documents import parse_json_object
from audobon_cli.domain.serialization import canonical_json

KEY_BYTES = 32
NO_MAC = bytes(32)
"""What stands for the record before the first."""


class Tampering(StrEnum):
    """How a chain is broken."""

    CHANGED = "changed"
    REMOVED = "removed"
    REORDERED = "reordered"
    CUT = "cut"


class StoredRecord(NamedTuple):
    """A row of the log: its number from 1 on, its JSON, its code."""

    number: int
    body: str
    mac: bytes


class AuditHead(NamedTuple):
    """The last record at some time, as somebody noted it: ``where``, in words."""

    number: int
    mac: bytes
    where: str


@dataclass(frozen=True, slots=True)
class AuditCheck:
    """How ``records`` verified. ``tampering`` None: nothing is wrong with those whose key is here; ``at`` is the number
    of the first record that is wrong or missing. ``unchecked`` have a key that is not here."""

    records: int
    unchecked: int = 0
    tampering: Tampering | None = None
    at: int = 0
    why: str = ""


def next_key(key: bytes) -> bytes:
    """The key of the next record: it leads to no earlier one."""
    return hashlib.sha256(b"audobon audit key\0" + key).digest()


def key_at(key: bytes, steps: int) -> bytes:
    """The key ``steps`` records later."""
    for _ in range(steps):
        key = next_key(key)
    return key


def mac_of(key: bytes, before: bytes, body: str) -> bytes:
    """The code of a record behind the one with the code ``before``."""
    return hmac.digest(key, before + body.encode(), "sha256")


def encode(data: dict[str, Any]) -> str:
    """A record's JSON, which is what its code is of."""
    return canonical_json(data)


def fields_of(body: str) -> dict[str, Any]:
    """What a record says; nothing where it is no JSON object."""
    try:
        return parse_json_object(body)
    except ValueError:
        return {}


def check_chain(
    rows: Iterable[StoredRecord], secret_of: Callable[[str], bytes | None], heads: Sequence[AuditHead] = ()
) -> AuditCheck:
    """Verify all records, and that none of those in ``heads`` is missing. ``secret_of`` gives the first key of a chain
    by its name, or None."""
    records = [(row, fields_of(row.body)) for row in rows]
    moved = {str(data.get("n")) for _, data in records} == {str(row.number) for row, _ in records}
    noted: defaultdict[int, list[AuditHead]] = defaultdict(list)
    for head in heads:
        noted[head.number].append(head)
    walk = _Walk(secret_of)
    for place, (row, data) in enumerate(records, 1):
        fault = _misplaced(row, data, place, moved) or walk.fault(row, data)
        others = [head for head in noted.get(row.number, ()) if head.mac != row.mac]
        if fault is None and others:
            fault = Tampering.CHANGED, f"{others[0].where} knows another one"
        if fault is not None:
            at = place if fault[0] is Tampering.REMOVED else row.number
            return AuditCheck(len(records), walk.unchecked, fault[0], at, fault[1])
    for head in heads:
        if head.number > len(records):
            why = f"{head.where} knows of {head.number} records"
            return AuditCheck(len(records), walk.unchecked, Tampering.CUT, len(records) + 1, why)
    return AuditCheck(len(records), walk.unchecked)


Fault = tuple[Tampering, str]


def _misplaced(row: StoredRecord, data: dict[str, Any], place: int, moved: bool) -> Fault | None:
    """What is wrong with where a record stands; ``moved``: every number is there, somewhere."""
    said = data.get("n")
    if not isinstance(said, int):
        return Tampering.CHANGED, "it does not say which record it is"
    if said != row.number:
        how = Tampering.REORDERED if moved else Tampering.REMOVED
        return how, f"in its place stands one that says that it is record {said}"
    if row.number != place:
        return Tampering.REMOVED, "it is not there"
    return None


@dataclass(slots=True)
class _Walk:
    """From record to record, with the key of each; ``key`` None: it is not here."""

    secret_of: Callable[[str], bytes | None]
    chain: object = None
    index: int = -1
    key: bytes | None = None
    before: bytes = NO_MAC
    unchecked: int = 0

    def fault(self, row: StoredRecord, data: dict[str, Any]) -> Fault | None:
        """What is wrong with the code of the next record."""
        chain, index = data.get("chain"), data.get("k")
        if chain == self.chain and index == self.index + 1:
            self.key = None if self.key is None else next_key(self.key)
        elif index == 0:  # a new chain: one is never gone on with in its middle
            self.key = self.secret_of(str(chain))
        else:
            return Tampering.CHANGED, "it does not go on with the chain before it"
        self.chain, self.index = chain, self.index + 1 if index else 0
        before, self.before = self.before, row.mac
        if self.key is None:
            self.unchecked += 1
        elif not hmac.compare_digest(row.mac, mac_of(self.key, before, row.body)):
            return Tampering.CHANGED, "its code does not fit it and the record before it"
        return None
