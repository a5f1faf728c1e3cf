"""``audobon style learn``."""

from pathlib import Path
from typing import Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.cli.style.views import Overwrite, Pictures, library_of


@command(
    "learn",
    examples=[
        "audobon style learn tag:hero --name mine",
        "audobon style learn art/ --name mine --out mine.png",
    ],
)
def learn(
    session: Session,
    pictures: Pictures,
    name: Annotated[str, typer.Option("--name", help="Name of the card in the library.")] = "",
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="Write the card as FILE.png, too.")
    ] = None,
    overwrite: Overwrite = False,
) -> None:
    """Learn a style card from pictures.

    The card is an asset of the kind style. Learnt of assets, it is derived from them.
    """
    from audobon_cli.cli.listening import listening
    from audobon_cli.cli.style.views import card_lines
    from audobon_cli.domain.errors import InvalidInput
    from audobon_cli.sprites.style_cards import find_card, learn_card, style_sources

    if out is not None and out.suffix.lower() != ".png":
        raise InvalidInput(f"--out {out} does not end in .png.", hint="a card is written as PNG")
    library = session.workspace.library
    with listening(session.out) as listen:
        sources = style_sources(pictures, library_of(session))
        called = name or f"{sources[0].name}_style"
        path = None if out is None else out.expanduser()
        asset, existing = learn_card(sources, called, library, path, overwrite, listen)
    card = find_card(asset.id, library_of(session)).card
    data = {
        "asset": {**asset.summary(), "existing": existing},
        "pictures": card.pictures,
        "limit": card.limit,
        "path": None if path is None else str(path),
    }

    def view() -> None:
        session.out.lines([f"{asset.id}  {asset.name}"])
        session.out.lines(card_lines(card))

    session.out.result(data, view)
    if existing:
        session.out.note("This very card was in the library already.")
