"""``audobon prompts suggest``."""

from typing import Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.screen.columns import Column, Kind
from audobon_cli.cli.session import Session


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
    from audobon_cli.prompts.known import known_prompts
    from audobon_cli.prompts.suggest import suggestions

    workspace = session.workspace
    usual = workspace.settings.model
    library = workspace.library if workspace.library_path.is_dir() else None
    known = known_prompts(
        workspace.models, model or usual, library, workspace.locations.templates, (model or usual) != usual
    )
    found = suggestions(begun, known, limit)
    data = {"suggestions": [{"text": one.text, "source": one.source.value} for one in found]}
    columns = (Column("prompt", Kind.NAME), Column("from"))
    session.out.result(
        data, lambda: session.out.table(columns, [(one.text, one.source.value) for one in found])
    )
    if not found:
        session.out.note(f"Nothing that is known here begins with {begun!r}.")
