"""``audobon prompts new``."""

from typing import Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session


@command(
    "new",
    examples=[
        "audobon prompts new boss 'giant {mood=angry} {creature}'",
        "audobon prompts fill boss creature=dragon | audobon generate -",
    ],
)
def new(
    session: Session,
    name: Annotated[str, typer.Argument(help="What to call it: small letters, digits and -.")],
    text: Annotated[str, typer.Argument(help="The prompt, with {field} or {field=usual words}.")],
    about: Annotated[str, typer.Option("--about", help="What it is for.")] = "",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Overwrite one of that name.")] = False,
) -> None:
    """Keep a template: a prompt with fields."""
    from audobon_cli.prompts.templates import PromptTemplate, save_template

    template = PromptTemplate(name, text, about)
    path = save_template(session.workspace.locations.templates, template, overwrite)
    data = {"name": name, "text": text, "fields": dict(template.fields), "path": str(path)}
    session.out.result(data, lambda: session.out.line(str(path)))
