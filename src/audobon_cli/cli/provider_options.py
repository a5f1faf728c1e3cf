"""The options of ``audobon generate`` about where pictures are drawn, and what that may cost."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from audobon_cli.domain.model import LOCAL

if TYPE_CHECKING:
    from audobon_cli.services.remote_resolution import Resolve
    from audobon_cli.workspace import Workspace


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

    def resolver(self, workspace: "Workspace", here: "Resolve") -> "Resolve":
        """Makes every choice of a request for the places that are named; ``here`` does so for this machine."""
        from audobon_cli.services.remote_resolution import Places, parse_stops, resolve_anywhere

        places = Places(workspace.presets, workspace.settings, here, lambda: workspace.library, self.workflow)
        stops = parse_stops(self.fallback) if self.fallback else ()
        return lambda asked: resolve_anywhere(asked, self.provider, stops, places)

    @property
    def is_elsewhere(self) -> bool:
        """Whether anything but this machine is named."""
        return self.provider != LOCAL or bool(self.fallback or self.workflow)


HERE = ProviderOptions()
"""Nothing but this machine."""
