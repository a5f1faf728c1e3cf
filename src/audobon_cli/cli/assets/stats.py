"""``audobon assets stats``."""

from typing import Any

from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.domain.units import format_bytes


@command("stats", examples=["audobon assets stats", "audobon assets stats --json"])
def stats(session: Session) -> None:
    """Count assets and their sizes, by kind, model, month."""
    from audobon_cli.library.stats import library_statistics

    found = library_statistics(session.workspace.library)
    data: dict[str, Any] = {
        "assets": found.assets,
        "size_bytes": found.size_bytes,
        "trashed": found.trashed,
        "stored_files": found.stored_files,
        "stored_bytes": found.stored_bytes,
        "by": {
            field: [{"value": s.value, "assets": s.assets, "size_bytes": s.size_bytes} for s in shares]
            for field, shares in found.by.items()
        },
        "most_used": [{"id": one, "name": name, "derived": uses} for one, name, uses in found.most_used],
    }

    def view() -> None:
        rows = [("all", "", str(found.assets), format_bytes(found.size_bytes))]
        rows += [("trash", "", str(found.trashed), "")]
        rows += [("stored files", "", str(found.stored_files), format_bytes(found.stored_bytes))]
        for field, shares in found.by.items():
            rows += [(field, s.value, str(s.assets), format_bytes(s.size_bytes)) for s in shares]
        rows += [("most used", name, str(uses), "") for _, name, uses in found.most_used]
        session.out.table(("by", "value", "assets", "size"), rows)

    session.out.result(data, view)
