"""``audobon assets stats``."""

from typing import Any

from audobon_cli.cli.options import command
from audobon_cli.cli.screen.columns import Cell, Column, Kind
from audobon_cli.cli.session import Session


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
        rows: list[tuple[Cell, ...]] = [("all", "", found.assets, found.size_bytes)]
        rows += [("trash", "", found.trashed, None)]
        rows += [("stored files", "", found.stored_files, found.stored_bytes)]
        for field, shares in found.by.items():
            rows += [(field, s.value, s.assets, s.size_bytes) for s in shares]
        rows += [("most used", name, uses, None) for _, name, uses in found.most_used]
        columns = (
            "by",
            Column("value", Kind.NAME),
            Column("assets", Kind.NUMBER),
            Column("size", Kind.BYTES),
        )
        session.out.table(columns, rows)

    session.out.listing(data, view)
