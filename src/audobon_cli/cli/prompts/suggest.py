"""``audobon prompts suggest``."""

from typing import Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.screen.columns import Column, Kind
from audobon_cli.cli.session import Session
from audobon_cli.domain.errors import ModelNotFound

LATEST = 2000
"""Assets of the library whose prompts are looked at, the newest."""


@command("suggest", examples=["audobon prompts suggest drag", 'audobon prompts suggest "red dra" --json'])
def suggest(
    session: Session,
    begun: Annotated[str, typer.Argument(metavar="WORDS", help="A prompt that was begun.")],
    model: Annotated[str | None, typer.Option("--model", help="For this model; else the usual one.")] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=200, help="At most so many.")] = 20,
) -> None:
    """Complete a prompt by what the model knows.

    From the things that the built-in model has drawings of, the words that change their looks, prompts of the
    library, templates, and the words that its encoder was taught. Of other models nobody knows what they know.
    """
    from audobon_cli.prompts.suggest import KnownPrompts, encoder_words, suggestions
    from audobon_cli.prompts.templates import templates_in

    workspace = session.workspace
    things, words = _of_the_model(session, model or workspace.settings.model)
    templates = [one.text for one in templates_in(workspace.locations.templates)]
    known = KnownPrompts(things, encoder_words() if words else (), _prompts(session), templates)
    found = suggestions(begun, known, limit)
    data = {"suggestions": [{"text": one.text, "source": one.source.value} for one in found]}
    columns = (Column("prompt", Kind.NAME), Column("from"))
    session.out.result(
        data, lambda: session.out.table(columns, [(one.text, one.source.value) for one in found])
    )
    if not found:
        session.out.note(f"Nothing that is known here begins with {begun!r}.")


def _of_the_model(session: Session, name: str) -> tuple[list[str], bool]:
    """The names of things that a model has drawings of, and whether its encoder's words are known."""
    from audobon_cli.exemplars.store import ExemplarStore
    from audobon_cli.models.catalog import find_model

    try:
        model = find_model(name, session.workspace.models)
    except ModelNotFound:
        if name != session.workspace.settings.model:
            raise
        return [], False
    if model.exemplars is None:
        return [], False
    names = (called for thing in ExemplarStore(model.exemplars).things.values() for called in thing.names)
    return list(dict.fromkeys(names)), True


def _prompts(session: Session) -> list[str]:
    """Different prompts of the library, the newest first; none without one."""
    from audobon_cli.library.paging import Order, Paging
    from audobon_cli.library.select import find_assets

    if not session.workspace.library_path.is_dir():
        return []
    page = find_assets(session.workspace.library, "", Paging(Order.NEWEST, LATEST, None))
    return list(dict.fromkeys(asset.prompt for asset in page.assets if asset.prompt))
