"""The options of ``audobon generate`` about where pictures are drawn, and what that may cost."""

from dataclasses import dataclass
from typing import Annotated

import typer

from audobon_cli.domain.model import LOCAL


@dataclass(frozen=True, slots=True)
class ProviderOptions:
    """The options as they were typed."""

    provider: Annotated[
        str,
        typer.Option("--provider", metavar="NAME", help="local, or a service of `audobon providers list`."),
    ] = LOCAL
    fallback: Annotated[
        str,
        typer.Option(
            "--fallback",
            metavar="NAME[:MODEL],...",
            help="Where a picture is made when the provider fails, in this order.",
        ),
    ] = ""
    workflow: Annotated[
        str,
        typer.Option(
            "--workflow", metavar="FILE", help="ComfyUI: a workflow of your own, in the API format."
        ),
    ] = ""
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Spend without asking.")] = False

    @property
    def is_elsewhere(self) -> bool:
        """Whether anything but this machine is named."""
        return self.provider != LOCAL or bool(self.fallback or self.workflow)
