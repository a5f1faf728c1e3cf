"""Reading the audit log, and verifying it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from audobon_cli.domain.errors import AuditCut, AuditKeyMissing, AuditTampered, AudobonError
from audobon_cli.library.audit.chain import (
    AuditCheck,
    AuditHead,
    StoredRecord,
    Tampering,
    check_chain,
    fields_of,
)
from audobon_cli.library.audit.keys import AuditKeys
from audobon_cli.library.store import sql as sql
from audobon_cli.library.store.library import Library
from audobon_cli.library.store.rows import moment


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """A record as it says of itself, not verified: ``did`` has the ids of assets by what was done with them."""

    number: int
    time: datetime
    who: str
    what: str
    did: dict[str, tuple[str, ...]] = field(default_factory=dict)


def read_audit(library: Library, limit: int) -> list[AuditRecord]:
    """The newest records, at most ``limit`` (0: all), oldest first."""
    with library.database.read() as statements:
        rows = statements.rows(sql.NEWEST_AUDIT_RECORDS, limit or -1)
    return [_record(row[0], fields_of(row[1])) for row in reversed(rows)]


def audit_head(library: Library) -> AuditHead | None:
    """The last record; None without one."""
    with library.database.read() as statements:
        row = statements.row(sql.LAST_AUDIT_RECORD)
    return AuditHead(row[0], row[2], "") if row else None


def verify_audit(library: Library, keys: AuditKeys, heads: Sequence[AuditHead] = ()) -> AuditCheck:
    """Verify the log, by the keys of this machine, the last record that it knows, and ``heads`` noted elsewhere."""
    with library.database.read() as statements:
        rows = [StoredRecord(*row) for row in statements.rows(sql.AUDIT_RECORDS)]
    chains = {str(fields_of(row.body).get("chain")) for row in rows}
    return check_chain(rows, keys.secret, [*keys.heads(library.root, chains), *heads])


def audit_error(check: AuditCheck) -> AudobonError | None:
    """The error that ``check`` comes to; None if all is well."""
    if check.tampering is None:
        if not check.unchecked:
            return None
        return AuditKeyMissing(
            f"The key of {check.unchecked} of {check.records} records is not here: nothing can be said of them.",
            hint="verify where they were written, or unlock the keyring",
            unchecked=check.unchecked,
        )
    how, details = check.tampering, {"tampering": check.tampering.value, "record": check.at}
    hint = "compare with recovery points: `audobon backup list`, `audobon audit verify --repo NAME`"
    if how is Tampering.CUT:
        return AuditCut(
            f"The audit log was cut: record {check.at} is missing; {check.why}.", hint=hint, **details
        )
    return AuditTampered(
        f"The audit log was tampered with: record {check.at} was {how.value}; {check.why}.",
        hint=hint,
        **details,
    )


def _record(number: int, data: dict[str, Any]) -> AuditRecord:
    did, time = data.get("did"), data.get("t")
    ids = {verb: tuple(map(str, found)) for verb, found in did.items()} if isinstance(did, dict) else {}
    when = moment(time if isinstance(time, int) else 0)
    return AuditRecord(number, when, str(data.get("who", "")), str(data.get("what", "")), ids)
