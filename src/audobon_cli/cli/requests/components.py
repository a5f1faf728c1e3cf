"""The options of ``audobon generate`` that put other parts in place of a model's own."""

from typing import Annotated, ClassVar

import typer

from audobon_cli.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class ComponentOptions:
    """The options as they were typed, None for those that were not given."""

    PANEL: ClassVar[str] = "Model"

    scheduler: Annotated[
        str | None, typer.Option("--scheduler", help="euler, euler-a, dpm++-karras, unipc, ddim, lcm …")
    ] = None
    vae: Annotated[
        str | None,
        typer.Option(
            "--vae", metavar="MODEL|PATH", help="Use this autoencoder (VAE) instead of the model's."
        ),
    ] = None
    component: Annotated[
        list[str] | None,
        typer.Option(
            "--component", metavar="NAME=MODEL|PATH", help="Replace another part, such as text_encoder."
        ),
    ] = None
