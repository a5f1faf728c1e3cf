"""``audobon assets``: the commands that arrange what the library keeps."""

from typing import Annotated

import typer

from audobon_cli.cli.assets.assets import app
from audobon_cli.cli.assets.views import Assets, changed_result
from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.domain.errors import InvalidInput

Tags = Annotated[list[str], typer.Option("--tag", "-t", help="The tag; may be given several times.")]
One = Annotated[str, typer.Argument(help="An id, the beginning of one, a name, or a query that finds one.")]
Kind = Annotated[str, typer.Argument(help="derived-from, variant-of, part-of-sheet, or a word of your own.")]


@command(
    app, "tag", examples=["audobon assets tag red_dragon --tag boss", "audobon assets tag kind:sprite -t wip"]
)
def tag(session: Session, assets: Assets, tags: Tags) -> None:
    """Give assets tags."""
    from audobon_cli.library.organize import add_tags
    from audobon_cli.library.select import select_assets

    library = session.workspace.library
    changed_result(session, add_tags(library, select_assets(library, assets), tags), "tagged")


@command(app, "untag", examples=["audobon assets untag tag:wip --tag wip"])
def untag(session: Session, assets: Assets, tags: Tags) -> None:
    """Take tags from assets."""
    from audobon_cli.library.organize import remove_tags
    from audobon_cli.library.select import select_assets

    library = session.workspace.library
    changed_result(session, remove_tags(library, select_assets(library, assets), tags), "untagged")


@command(
    app,
    "move",
    examples=["audobon assets move red_dragon --to characters/enemies", 'audobon assets move in:old --to ""'],
)
def move(
    session: Session,
    assets: Assets,
    to: Annotated[
        str, typer.Option("--to", metavar="CATEGORY", help="Such as characters/enemies; empty for none.")
    ],
) -> None:
    """Put assets into a category."""
    from audobon_cli.library.organize import move as move_assets
    from audobon_cli.library.select import select_assets

    library = session.workspace.library
    changed_result(session, move_assets(library, select_assets(library, assets), to), "moved")


@command(app, "rename", examples=["audobon assets rename k3f9x2 fire_dragon"])
def rename(session: Session, asset: One, name: Annotated[str, typer.Argument(help="The new name.")]) -> None:
    """Give an asset another name."""
    from audobon_cli.library.organize import rename as rename_asset
    from audobon_cli.library.select import select_one

    library = session.workspace.library
    changed_result(session, rename_asset(library, select_one(library, asset), name), "renamed")


@command(app, "note", examples=['audobon assets note red_dragon --text "for the second level"'])
def note(
    session: Session,
    assets: Assets,
    text: Annotated[str, typer.Option("--text", help="The note; empty takes it away.")],
) -> None:
    """Write a note beside assets; the search finds its words."""
    from audobon_cli.library.organize import annotate
    from audobon_cli.library.select import select_assets

    library = session.workspace.library
    changed_result(session, annotate(library, select_assets(library, assets), text), "noted")


@command(
    app,
    "rate",
    examples=["audobon assets rate red_dragon --stars 5", "audobon assets rate tag:wip --stars none"],
)
def rate(
    session: Session,
    assets: Assets,
    stars: Annotated[str, typer.Option("--stars", help="0 to 5, or none.")],
) -> None:
    """Rate assets from 0 to 5."""
    from audobon_cli.library.organize import rate as rate_assets
    from audobon_cli.library.select import select_assets

    if stars != "none" and not (stars.isascii() and stars.isdigit() and len(stars) == 1):
        raise InvalidInput(f"{stars!r} is no rating.", hint="rate from 0 to 5, or `none`")
    library = session.workspace.library
    rating = None if stars == "none" else int(stars)
    changed_result(session, rate_assets(library, select_assets(library, assets), rating), "rated")


@command(app, "link", examples=["audobon assets link blue_dragon variant-of red_dragon"])
def link(session: Session, asset: One, kind: Kind, target: One) -> None:
    """Record what one asset is to another."""
    from audobon_cli.library.organize import link as link_assets
    from audobon_cli.library.select import select_one

    library = session.workspace.library
    source, other = select_one(library, asset), select_one(library, target)
    new = link_assets(library, source, kind, other)
    words = f"{source.name} is {kind} {other.name}" + ("." if new else " already.")
    data = {"source": source.id, "kind": kind, "target": other.id, "changed": new}
    session.out.result(data, view=lambda: session.out.line(words))


@command(app, "unlink", examples=["audobon assets unlink blue_dragon variant-of red_dragon"])
def unlink(session: Session, asset: One, kind: Kind, target: One) -> None:
    """Take a relation between two assets away."""
    from audobon_cli.library.organize import unlink as unlink_assets
    from audobon_cli.library.select import select_one

    library = session.workspace.library
    source, other = select_one(library, asset), select_one(library, target)
    gone = unlink_assets(library, source, kind, other)
    words = f"{source.name} is {'no longer' if gone else 'not'} {kind} {other.name}."
    data = {"source": source.id, "kind": kind, "target": other.id, "changed": gone}
    session.out.result(data, view=lambda: session.out.line(words))
