"""``audobon disk``: what takes the space."""

from dataclasses import asdict

from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.domain.units import format_bytes


@command("show", examples=["audobon disk show", "audobon disk show --json"])
def show(session: Session) -> None:
    """Show what takes the space: library, models, caches.

    With the command that frees it. `audobon disk` alone is the same.
    """
    import shutil

    from audobon_cli.doctor.disk import disk_use

    workspace = session.workspace
    uses = disk_use(workspace)
    total = sum(one.bytes for one in uses)
    free = shutil.disk_usage(workspace.library_path).free
    rows = [(one.name, format_bytes(one.bytes), one.what, one.free) for one in uses]

    def view() -> None:
        session.out.table(("what", "size", "of", "free it with"), rows)

    data = {"uses": [asdict(one) for one in uses], "total_bytes": total, "free_bytes": free}
    session.out.result(data, view)
    session.out.note(f"{format_bytes(total)} in all; {format_bytes(free)} free on this disk.")
    session.out.note("`audobon disk free` offers what can go.")
