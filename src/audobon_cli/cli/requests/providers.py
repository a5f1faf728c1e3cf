"""The options of ``audobon generate`` about where pictures are drawn, and what that may cost."""

from typing import Annotated, ClassVar

import typer

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.model import LOCAL
from audobon_cli.domain.request import ProviderChoice


@dataclass(frozen=True, slots=True)
class PlaceOptions:
    """The places, as they were typed."""

    PANEL: ClassVar[str] = "Elsewhere"

    provider: Annotated[
        str,
        typer.Option(
            "--provider", metavar="NAME", help="Where to draw: local, or one of `audobon providers list`."
        ),
    ] = LOCAL
    fallback: Annotated[
        str,
        typer.Option(
            "--fallback",
            metavar="NAME[:MODEL],...",
            help="Providers to try when this one fails, in this order.",
        ),
    ] = ""
    workflow: Annotated[
        str,
        typer.Option("--workflow", metavar="FILE", help="ComfyUI: your own workflow, in the API format."),
    ] = ""

    def parse(self) -> ProviderChoice:
        """What a request says of them."""
        return ProviderChoice(self.provider, self.fallback, self.workflow)


@dataclass(frozen=True, slots=True)
class SpendingOptions:
    """The answer to what a run costs."""

    PANEL: ClassVar[str] = "Elsewhere"

    yes: Annotated[bool, typer.Option("--yes", "-y", help="Spend without asking.")] = False
