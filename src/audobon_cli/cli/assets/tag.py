"""``audobon assets tag`` and ``untag``."""

from audobon_cli.cli.assets.options import Assets, Tags
from audobon_cli.cli.assets.views import changed_result
from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session


@command(
    "tag", examples=["audobon assets tag red_dragon --tag boss", "audobon assets tag kind:sprite -t wip"]
)
def tag(session: Session, assets: Assets, tags: Tags) -> None:
    """Add tags to assets."""
    from audobon_cli.library.organize import add_tags
    from audobon_cli.library.select import select_assets

    library = session.workspace.library
    changed_result(session, add_tags(library, select_assets(library, assets), tags), "tagged")


@command("untag", examples=["audobon assets untag tag:wip --tag wip"])
def untag(session: Session, assets: Assets, tags: Tags) -> None:
    """Remove tags from assets."""
    from audobon_cli.library.organize import remove_tags
    from audobon_cli.library.select import select_assets

    library = session.workspace.library
    changed_result(session, remove_tags(library, select_assets(library, assets), tags), "untagged")
