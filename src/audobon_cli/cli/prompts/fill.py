"""``audobon prompts fill``."""

from typing import Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.domain.errors import InvalidInput


@command("fill", examples=["audobon prompts fill boss creature=dragon | audobon generate -"])
def fill(
    session: Session,
    name: Annotated[str, typer.Argument(help="The name of a template.")],
    values: Annotated[
        list[str] | None,
        typer.Argument(metavar="VALUE...", help="What stands in its fields: creature=dragon."),
    ] = None,
) -> None:
    """Print the prompt of a template, its fields filled."""
    from audobon_cli.prompts.templates import template_named

    given = [value.partition("=") for value in values or ()]
    wrong = next((field for field, mark, _ in given if not mark), None)
    if wrong is not None:
        raise InvalidInput(f"{wrong!r} fills nothing.", hint="write FIELD=WORDS")
    template = template_named(session.workspace.locations.templates, name)
    text = template.filled({field: words for field, _, words in given})
    session.out.result({"prompt": text}, lambda: session.out.line(text))
