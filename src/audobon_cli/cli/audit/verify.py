"""``audobon audit verify``."""

from typing import TYPE_CHECKING, Annotated

import typer

from audobon_cli.cli.audit.show import OFF
from audobon_cli.cli.options import command
from audobon_cli.cli.repository_options import RepositoryOptions, opened
from audobon_cli.cli.session import Session
from audobon_cli.domain.units import plural

if TYPE_CHECKING:
    from audobon_cli.library.audit.chain import AuditHead


@command(
    "verify", examples=["audobon audit verify", "audobon audit verify --backups --dest /mnt/usb/audobon"]
)
def verify(
    session: Session,
    backups: Annotated[
        bool, typer.Option("--backups", help="Also compare with the recovery points of a backup.")
    ] = False,
    *,
    place: RepositoryOptions,
) -> None:
    """Verify that no record was changed, removed or cut.

    Tamper-evident, not tamper-proof: who can read the key in your keyring could write a log that verifies. Status 60
    tells of a record that was changed, removed or moved, 61 of a log that was cut.
    """
    from audobon_cli.library.audit.keys import AuditKeys
    from audobon_cli.library.audit.log import audit_error, verify_audit

    workspace = session.workspace
    heads = _heads(session, place) if backups or place.dest is not None else []
    check = verify_audit(workspace.library, AuditKeys(workspace.locations.audit), heads)
    is_on = workspace.settings.audit_log
    data = {
        "on": is_on,
        "records": check.records,
        "unchecked": check.unchecked,
        "tampering": check.tampering.value if check.tampering else None,
        "record": check.at or None,
        "heads": len(heads),
    }
    error = audit_error(check)
    words = f"{plural(check.records, 'record')}, none changed, removed, moved or cut."
    session.finish(data, lambda: session.out.line(words) if error is None else None, error)
    if not is_on:
        session.out.note(OFF)


def _heads(session: Session, place: RepositoryOptions) -> "list[AuditHead]":
    """The last records that recovery points of this library noted."""
    from audobon_cli.backup.list_points import list_points
    from audobon_cli.library.audit.chain import AuditHead

    root, found = str(session.workspace.library_path), []
    with opened(session, place) as repository:
        for stored in list_points(repository).points:
            number, _, mac = stored.point.audit_head.partition(":")
            if mac and stored.point.library == root:
                found.append(
                    AuditHead(int(number), bytes.fromhex(mac), f"recovery point {stored.point.short}")
                )
    return found
