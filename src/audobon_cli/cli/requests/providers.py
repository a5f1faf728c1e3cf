"""The options of ``audobon generate`` about where pictures are drawn, and what that may cost."""

from dataclasses import dataclass
from typing import Annotated

import typer

from audobon_cli.domain.model import LOCAL
from audobon_cli.domain.request import ProviderChoice


@dataclass(frozen=True, slots=True)
class PlaceOptions:
    """The places, as they were typed."""

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

    def parse(self) -> ProviderChoice:
        """What a request says of them."""
        return ProviderChoice(self.provider, self.fallback, self.workflow)


@dataclass(frozen=True, slots=True)
class SpendingOptions:
    """The answer to what a run costs."""

    yes: Annotated[bool, typer.Option("--yes", "-y", help="Spend without asking.")] = False
