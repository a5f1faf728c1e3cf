"""``audobon assets tree``."""

from audobon_cli.cli.assets.options import One
from audobon_cli.cli.assets.views import branch_data, branch_lines
from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session


@command("tree", examples=["audobon assets tree red_dragon"])
def tree(
    session: Session,
    asset: One,
) -> None:
    """Show what an asset derives from, and its descendants."""
    from audobon_cli.library.lineage import family_tree
    from audobon_cli.library.select import select_one

    library = session.workspace.library
    roots = family_tree(library, select_one(library, asset))
    lines = [line for root in roots for line in branch_lines(root)]
    session.out.result(
        {"roots": [branch_data(root) for root in roots]}, view=lambda: session.out.line("\n".join(lines))
    )
