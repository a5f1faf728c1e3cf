"""``audobon assets similar`` and ``duplicates``."""

from typing import Annotated

import typer

from audobon_cli.cli.assets.options import One
from audobon_cli.cli.assets.views import asset_table, short_ids, summaries
from audobon_cli.cli.options import command
from audobon_cli.cli.screen.columns import Both, Column, Kind
from audobon_cli.cli.session import Session
from audobon_cli.domain.sound import SoundInfo
from audobon_cli.domain.units import plural


@command(
    "similar",
    examples=["audobon assets similar red_dragon", "audobon assets similar red_dragon --meaning"],
)
def similar(
    session: Session,
    asset: One,
    limit: Annotated[
        int, typer.Option("--limit", "-n", min=1, max=1000, help="Show at most this many.")
    ] = 20,
    bits: Annotated[
        int, typer.Option("--bits", min=0, max=32, help="Of pictures: how many of the 64 bits may differ.")
    ] = 10,
    meaning: Annotated[
        bool, typer.Option("--meaning", help="Compare names and prompts, not contents.")
    ] = False,
) -> None:
    """Find pictures or sounds that are alike.

    The nearest first: pictures by their looks, sounds by what is heard in them.
    """
    from audobon_cli.cli.listening import listening
    from audobon_cli.library.select import select_one
    from audobon_cli.library.semantic_search import WordTable, similar_in_meaning
    from audobon_cli.library.similar import index_appearances, similar_assets
    from audobon_cli.library.similar_sounds import similar_sounds

    library = session.workspace.library
    chosen = select_one(library, asset)
    if meaning:
        near = similar_in_meaning(library, chosen, WordTable(), limit)
        session.out.result(summaries(near), view=lambda: asset_table(session, near))
        return
    if isinstance(chosen.media, SoundInfo):
        with listening(session.out) as listen:
            sounds = similar_sounds(library, chosen, limit, listen)
        data = {"assets": [{**one.asset.summary(), "difference": one.difference} for one in sounds]}
        session.out.result(data, view=lambda: asset_table(session, [one.asset for one in sounds]))
        return
    with listening(session.out) as listen:
        index_appearances(library, listen)
    found = similar_assets(library, chosen, limit, bits)
    data = {"assets": [{**one.asset.summary(), "bits": one.bits} for one in found]}
    session.out.result(data, view=lambda: asset_table(session, [one.asset for one in found]))


@command("duplicates", examples=["audobon assets duplicates", "audobon assets duplicates --near"])
def duplicates(
    session: Session,
    near: Annotated[bool, typer.Option("--near", help="Include pictures that look the same.")] = False,
    bits: Annotated[
        int, typer.Option("--bits", min=0, max=3, help="How many of the 64 bits may differ.")
    ] = 2,
) -> None:
    """Find assets with the same bytes, or the same look."""
    from audobon_cli.cli.listening import listening
    from audobon_cli.library.similar import find_duplicates, index_appearances

    library = session.workspace.library
    with listening(session.out) as listen:
        if near:
            index_appearances(library, listen)
        groups = find_duplicates(library, near, bits)
    data = {"groups": [{"exact": g.exact, **summaries(g.assets)} for g in groups]}

    def view() -> None:
        short = short_ids(session, [asset for group in groups for asset in group.assets])
        rows = [
            (
                number,
                "same bytes" if group.exact else "same look",
                Both(short[asset.id], asset.id),
                asset.name,
            )
            for number, group in enumerate(groups, start=1)
            for asset in group.assets
        ]
        columns = (Column("group", Kind.NUMBER), Column("why", unlike=True), "id", Column("name", Kind.NAME))
        session.out.table(columns, rows)

    session.out.listing(data, view)
    session.out.note(f"{plural(len(groups), 'group')}." if groups else "No duplicates.")
