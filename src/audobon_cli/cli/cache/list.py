"""``audobon cache list``."""

from audobon_cli.cli.options import command
from audobon_cli.cli.screen.columns import Column, Kind
from audobon_cli.cli.session import Session
from audobon_cli.domain.units import format_bytes, format_seconds

HEAD = (Column("cache"), Column("size"), Column("files"), Column("oldest"), Column("keeps", Kind.PROSE))


@command("list", examples=["audobon cache list", "audobon cache list --json"])
def list_(session: Session) -> None:
    """List the caches: sizes, ages, what they keep."""
    from audobon_cli.doctor.caches import list_caches

    workspace = session.workspace
    found = list_caches(workspace.locations, workspace.library_path)
    data = {
        "caches": [
            {
                "kind": one.kind,
                "path": str(one.path),
                "files": one.files,
                "bytes": one.bytes,
                "oldest_seconds": round(one.oldest_seconds, 1),
                "what": one.what,
            }
            for one in found
        ]
    }
    rows = [
        (one.kind, format_bytes(one.bytes), one.files, _age(one.oldest_seconds), one.what) for one in found
    ]
    session.out.listing(data, view=lambda: session.out.table(HEAD, rows))


def _age(seconds: float) -> str:
    return format_seconds(seconds) if seconds else ""
