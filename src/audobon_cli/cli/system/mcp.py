"""``audobon mcp``: the program for coding assistants."""

from typing import TYPE_CHECKING, Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.domain.errors import InvalidInput

if TYPE_CHECKING:
    from audobon_cli.domain.ids import AssetId
    from audobon_cli.mcp.program import Allowance
    from audobon_cli.workspace import Workspace


@command("mcp", examples=["audobon mcp", "audobon mcp --read-only", "audobon mcp --budget 2.50"])
def mcp(
    session: Session,
    budget: Annotated[
        float, typer.Option("--budget", min=0, metavar="USD", help="What all calls may spend at providers.")
    ] = 0.0,
) -> None:
    """Offer the program to coding assistants (MCP).

    Speaks the Model Context Protocol over stdin and stdout: an assistant starts it, and ends it by closing them. It
    makes pictures and sounds, searches, checks, packs sheets and exports, in the folder that it is started in.
    Without --budget nothing opens a connection; with --read-only it offers only the tools that change nothing.
    """
    if session.out.for_scripts:
        raise InvalidInput("stdout is the assistant's.", hint="leave out --json and --events")
    try:
        from audobon_cli.mcp.server import serve
    except ImportError as error:
        raise InvalidInput(
            "The server for assistants needs an extra.", hint="pip install 'audobon-cli[mcp]'"
        ) from error
    from pathlib import Path

    workspace = session.workspace
    library = workspace.library
    library.assets.count()  # a library that cannot be read is told here
    serve(
        library.root,
        Path.cwd(),
        _allowance(workspace, budget),
        lambda asset: _preview(workspace, asset),
        workspace.settings.read_only,
    )


def _allowance(workspace: "Workspace", budget: float) -> "Allowance":
    """What is left of ``budget`` dollars, others' spending since now counted, and never more than a run may spend."""
    from audobon_cli.domain.units import micro_usd
    from audobon_cli.providers.usage import Grouping, report_usage

    def spent() -> int:
        return report_usage(workspace.providers, Grouping.PROVIDER, False).total

    whole = micro_usd(budget)
    if not whole:
        return lambda: 0
    before, most = spent(), micro_usd(workspace.settings.budget_per_run) or whole
    return lambda: max(0, min(most, whole - (spent() - before)))


def _preview(workspace: "Workspace", asset: "AssetId") -> bytes | None:
    """The thumbnail of ``asset`` as a PNG, which every assistant reads."""
    from io import BytesIO

    from PIL import Image

    from audobon_cli.domain.errors import AudobonError
    from audobon_cli.library.thumbnails import thumbnail

    try:
        small = thumbnail(workspace.library, workspace.library.assets.get(asset))
    except AudobonError:
        return None  # gone in the meantime
    if small is None:
        return None
    held = BytesIO()
    with Image.open(BytesIO(small)) as picture:
        picture.save(held, "PNG")
    return held.getvalue()
