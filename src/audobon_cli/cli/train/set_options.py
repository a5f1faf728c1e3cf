"""Options of what is learnt from, shared by the commands that gather a training set."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

import typer

if TYPE_CHECKING:
    from audobon_cli.cli.session import Session
    from audobon_cli.training.pictures.gather import SetRequest

Pictures = Annotated[
    list[str],
    typer.Argument(
        metavar="SET...", help="Assets (ids, names, queries such as tag:hero), or picture files and folders."
    ),
]


@dataclass(frozen=True, slots=True)
class SetOptions:
    """What pictures are called, and by which word what they have in common is."""

    PANEL: ClassVar[str] = "Pictures"

    trigger: Annotated[
        str, typer.Option("--trigger", metavar="WORD", help="The word that calls what is learnt.")
    ] = ""
    caption: Annotated[
        str,
        typer.Option(
            "--caption",
            metavar="TEMPLATE",
            help="Captions by {words} {text} {seen} {prompt} {name} {tags} {category} {style} {trigger}.",
        ),
    ] = "{words}"
    caption_with: Annotated[
        str | None,
        typer.Option("--caption-with", metavar="MODEL", help="A pulled model that says what it sees: blip."),
    ] = None


def set_request(session: "Session", pictures: list[str], options: SetOptions) -> "SetRequest":
    """What the options ask for. Raises ModelNotFound."""
    from audobon_cli.models.catalog import find_model
    from audobon_cli.training.pictures.gather import SetRequest

    captioner = options.caption_with
    model = None if captioner is None else find_model(captioner, session.workspace.models)
    return SetRequest(tuple(pictures), options.trigger, options.caption, model)
