"""``audobon assets tag`` and ``untag``."""

from typing import Annotated

import typer

from audobon_cli.cli.assets.options import Assets, Tags
from audobon_cli.cli.assets.views import changed_result
from audobon_cli.cli.heard import ListenerOptions, listened
from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.domain.errors import InvalidInput


@command(
    "tag",
    examples=[
        "audobon assets tag red_dragon --tag boss",
        "audobon assets tag kind:sprite -t wip",
        "audobon assets tag kind:sound --auto",
        "audobon assets tag kind:sound --auto --model ast",
        'audobon assets tag kind:sprite --auto --model clip --labels "sword, potion, dragon"',
    ],
)
def tag(
    session: Session,
    assets: Assets,
    tags: Annotated[list[str] | None, typer.Option("--tag", "-t", help="The tag; repeatable.")] = None,
    auto: Annotated[
        bool, typer.Option("--auto", help="Add what sounds are heard to be; pictures with --model clip.")
    ] = False,
    *,
    listener: ListenerOptions,
) -> None:
    """Add tags to assets."""
    from audobon_cli.library.organize import add_tags
    from audobon_cli.library.select import select_assets

    if not tags and not auto:
        raise InvalidInput("There is no tag to add.", hint="give --tag NAME, or --auto for sounds")
    if listener.asked and not auto:
        raise InvalidInput("--model and --labels say what --auto hears with.", hint="give --auto, too")
    library = session.workspace.library
    chosen = select_assets(library, assets)
    if auto:
        from audobon_cli.library.describe_sounds import tag_heard, tag_sounds

        if listener.asked:
            heard = {asset.id: said.tags for asset, said in listened(session, chosen, listener)}
            changed = tag_heard(library, chosen, heard)
        else:
            changed = tag_sounds(library, chosen)
        if not tags:
            changed_result(session, changed, "tagged")
            return
        chosen = list(changed.assets)
    changed_result(session, add_tags(library, chosen, tags or []), "tagged")


@command("untag", examples=["audobon assets untag tag:wip --tag wip"])
def untag(session: Session, assets: Assets, tags: Tags) -> None:
    """Remove tags from assets."""
    from audobon_cli.library.organize import remove_tags
    from audobon_cli.library.select import select_assets

    library = session.workspace.library
    changed_result(session, remove_tags(library, select_assets(library, assets), tags), "untagged")
