"""``audobon backup sync``."""

from typing import Annotated

import typer

from audobon_cli.cli.backup.options import DryRun
from audobon_cli.cli.options import command
from audobon_cli.cli.repository_options import Unlock, ask_passphrase
from audobon_cli.cli.session import Session
from audobon_cli.domain.units import format_bytes, plural


@command(
    "sync",
    examples=["audobon backup sync usb gs://my-bucket/art", "audobon backup sync usb nas --dry-run"],
)
def sync(
    session: Session,
    unlock: Unlock,
    source: Annotated[str, typer.Argument(metavar="FROM", help="Repository to copy from.")],
    target: Annotated[str, typer.Argument(metavar="TO", help="Repository to copy to.")],
    from_passphrase_file: Annotated[
        str,
        typer.Option("--from-passphrase-file", metavar="FILE", help="The passphrase of FROM, if it differs."),
    ] = "",
    from_key_file: Annotated[
        str, typer.Option("--from-key-file", metavar="FILE", help="The key file of FROM, if it differs.")
    ] = "",
    dry_run: DryRun = False,
) -> None:
    """Copy missing recovery points to another repository.

    What is there already is not sent again.
    """
    from audobon_cli.backup.sync import sync as copy
    from audobon_cli.cli.listening import listening
    from audobon_cli.encryption.secret_files import SecretFiles

    opener, places = session.workspace.backup, session.workspace.destinations
    theirs = SecretFiles(from_passphrase_file, from_key_file)
    given = theirs if from_passphrase_file or from_key_file else unlock.files
    before = opener.open(places.find(source), given, ask_passphrase)
    after = opener.open(places.find(target), unlock.files, ask_passphrase)
    try:
        with listening(session.out) as listen:
            done = copy(before, after, dry_run, listen)
    finally:
        before.remote.close()
        after.remote.close()
    data = {
        "dry_run": dry_run,
        "copied": [point.summary() for point in done.copied],
        "present": done.present,
        "stored_bytes": done.stored_bytes,
        "failed": [{"id": point.id if point else None, "why": why} for point, why in done.failed],
    }
    session.finish(data, lambda: session.out.lines(point.id for point in done.copied), done.error())
    would = "would be copied" if dry_run else "copied"
    session.out.note(
        f"{plural(len(done.copied), 'recovery point')} {would}, {done.present} were there; "
        f"{format_bytes(done.stored_bytes)} sent."
    )
