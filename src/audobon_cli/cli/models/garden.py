"""``audobon models garden``."""

from typing import Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.screen.columns import Column, Kind
from audobon_cli.cli.session import Session

COLUMNS = (
    Column("model", Kind.NAME),
    Column("version"),
    Column("terms", Kind.PROSE),
    Column("stage", drop=1),
)
USUAL_REGION = "us-central1"


@command(
    "garden",
    examples=[
        "audobon models garden stable-diffusion",
        "audobon models garden stability-ai/stable-diffusion-xl-base",
    ],
)
def garden(
    session: Session,
    words: Annotated[
        str,
        typer.Argument(metavar="[WORDS]", help="Words in names, or one model as PUBLISHER/MODEL."),
    ] = "",
    publisher: Annotated[
        str, typer.Option("--publisher", metavar="PUBLISHER", help="Models of one publisher alone.")
    ] = "*",
    project: Annotated[
        str, typer.Option("--project", metavar="PROJECT", help="Project of Google Cloud (the setting's).")
    ] = "",
    region: Annotated[
        str, typer.Option("--region", metavar="REGION", help="Region that is asked (the setting's).")
    ] = "",
) -> None:
    """List models of Google's Model Garden.

    For one model also: whether its terms are accepted or access has to be asked for, where its weights lie, and the
    command that brings it here (`models pull`) or deploys it. Nothing is fetched and nothing costs.
    """
    from audobon_cli.cloud.connection import CloudConnection
    from audobon_cli.cloud.vertex.garden import list_garden, show_garden

    cloud = session.workspace.cloud
    place = cloud.place(project, region or session.workspace.settings.cloud_region or USUAL_REGION)
    connection = CloudConnection(place)
    try:
        one = "/" in words
        found = [show_garden(connection, words)] if one else list(list_garden(connection, words, publisher))
    finally:
        connection.close()
    data = {"models": [model.to_dict(place.region) for model in found]}

    def view() -> None:
        session.out.table(COLUMNS, [(m.reference, m.version, m.terms, m.stage) for m in found])

    session.out.result(data, view)
    if not one:
        if found:
            session.out.note("How one is had: `audobon models garden PUBLISHER/MODEL`")
        return
    model = found[0]
    if model.restricted or not model.agreed:
        what = "access has to be asked for" if model.restricted else "its terms are not accepted yet"
        session.out.note(f"{model.reference}: {what}: {model.page}")
    session.out.note(f"Next: {model.next_command(place.region)}")
