"""``audobon models show``."""

from typing import Annotated

import typer

from audobon_cli.cli.models.views import show_view
from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session


@command("show", examples=["audobon models show sprite", "audobon models show ~/models/my-sdxl"])
def show(
    session: Session,
    model: Annotated[str, typer.Argument(help="A model's name, or a diffusers folder.")],
) -> None:
    """Show a model's licence, size, source and parts."""
    from audobon_cli.models.catalog import show_model

    show_view(session.out, show_model(model, session.workspace.models))
