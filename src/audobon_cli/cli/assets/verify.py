"""``audobon assets verify``."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.repository_options import Unlock
from audobon_cli.cli.session import Session
from audobon_cli.domain.units import format_bytes, plural

if TYPE_CHECKING:
    from audobon_cli.library.verify import DamagedBlob


@command("verify", examples=["audobon assets verify", "audobon assets verify --repair-from usb"])
def verify(
    session: Session,
    unlock: Unlock,
    repair_from: Annotated[
        str,
        typer.Option(
            "--repair-from", metavar="DEST", help="Restore damaged and missing files from this repository."
        ),
    ] = "",
) -> None:
    """Check every stored file and the database.

    Reads and hashes all files; reports what is damaged or missing.
    """
    from audobon_cli.cli.listening import listening
    from audobon_cli.library.verify import verify_library

    healed = _heal(session, unlock, repair_from) if repair_from else None
    with listening(session.out) as listen:
        report = verify_library(session.workspace.library, listen)
    data: dict[str, Any] = {
        "blobs_read": report.blobs_read,
        "bytes_read": report.bytes_read,
        "corrupted": [_damage(one) for one in report.corrupted],
        "missing": [_damage(one) for one in report.missing],
        "unreferenced": report.unreferenced,
        "database_problems": list(report.database_problems),
        "erased": list(report.erased),
    }
    if healed is not None:
        data["healed"] = healed
    whole = report.blobs_read - len(report.corrupted) - len(report.erased)
    words = [f"damaged: {one.words}" for one in report.corrupted]
    words += [f"missing: {one.words}" for one in report.missing]
    words += [f"database: {problem}" for problem in report.database_problems]
    words.append(f"{plural(whole, 'file')} intact ({format_bytes(report.bytes_read)} read).")
    if report.erased:
        words.append(f"{plural(len(report.erased), 'file')} erased on purpose.")
    if healed:
        session.out.note(f"{plural(healed, 'file')} came back from {repair_from}.")
    session.finish(data, lambda: session.out.lines(words), report.error())


def _damage(one: "DamagedBlob") -> dict[str, Any]:
    return {
        "blob": one.blob,
        "assets": list(one.assets),
        "names": list(one.names),
        "file": one.file,
        "why": one.why,
    }


def _heal(session: Session, unlock: Unlock, name: str) -> int:
    """Put back what the backup called ``name`` has of what the library lost; how many files that were."""
    from audobon_cli.backup.check.repair import heal_library
    from audobon_cli.cli.listening import listening
    from audobon_cli.cli.repository_options import ask_passphrase

    workspace = session.workspace
    repository = workspace.backup.open(workspace.destinations.find(name), unlock.files, ask_passphrase)
    try:
        with listening(session.out) as listen:
            return heal_library(repository, workspace.library, listen)[0]
    finally:
        repository.remote.close()
