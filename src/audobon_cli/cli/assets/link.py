"""``audobon assets link`` and ``unlink``."""

from typing import Annotated

import typer

from audobon_cli.cli.assets.options import DryRun, One
from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session

Kind = Annotated[str, typer.Argument(help="derived-from, variant-of, part-of-sheet, or a word of your own.")]


@command("link", examples=["audobon assets link blue_dragon variant-of red_dragon"])
def link(session: Session, asset: One, kind: Kind, target: One) -> None:
    """Record how one asset relates to another."""
    from audobon_cli.library.organize import link as link_assets
    from audobon_cli.library.select import select_one

    library = session.workspace.library
    source, other = select_one(library, asset), select_one(library, target)
    new = link_assets(library, source, kind, other)
    words = f"{source.name} is {kind} {other.name}" + ("." if new else " already.")
    data = {"source": source.id, "kind": kind, "target": other.id, "changed": new}
    session.out.result(data, view=lambda: session.out.line(words))


@command("unlink", examples=["audobon assets unlink blue_dragon variant-of red_dragon"])
def unlink(session: Session, asset: One, kind: Kind, target: One) -> None:
    """Remove a relation between two assets."""
    from audobon_cli.library.organize import unlink as unlink_assets
    from audobon_cli.library.select import select_one

    library = session.workspace.library
    source, other = select_one(library, asset), select_one(library, target)
    gone = unlink_assets(library, source, kind, other)
    words = f"{source.name} is {'no longer' if gone else 'not'} {kind} {other.name}."
    data = {"source": source.id, "kind": kind, "target": other.id, "changed": gone}
    session.out.result(data, view=lambda: session.out.line(words))


@command("parents", examples=["audobon assets parents", "audobon assets parents --dry-run"])
def parents(session: Session, dry_run: DryRun = False) -> None:
    """Link assets to the pictures they were drawn from.

    Where their recipes say so and no relation does yet.

    Pictures are filed with their parents; those of early versions were not. `assets tree` shows them afterwards.
    """
    from audobon_cli.library.lineage import record_parents

    found = record_parents(session.workspace.library, dry_run)
    data = {
        "relations": [{"source": one.source, "kind": one.kind, "target": one.target} for one in found],
        "dry_run": dry_run,
    }

    def view() -> None:
        session.out.table(("asset", "is", "of"), [(one.source, one.kind, one.target) for one in found])
        session.out.note(f"{len(found)} relations {'would be ' if dry_run else ''}recorded.")

    session.out.result(data, view=view)
