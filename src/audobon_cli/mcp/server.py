"""The server: tools over stdin and stdout, until the assistant closes them."""

from pathlib import Path

import anyio
from mcp.server import MCPServer
from mcp_types import ToolAnnotations

from audobon_cli.__about__ import __version__
from audobon_cli.mcp.program import Allowance, Program
from audobon_cli.mcp.tools import Preview, Tools, tool_of

INSTRUCTIONS = (
    "Makes game assets from words and keeps them in a library. Draw with `generate`, make effects with `sound`; "
    "look at the previews, and make more with other seeds until one fits. `search` before making what may be there "
    "already. Paths in results are files; ids name assets in every tool."
)


def build_server(
    library: Path, folder: Path, allowance: Allowance, preview: Preview, read_only: bool
) -> MCPServer:
    """The server for the library in ``library``; with ``read_only`` without the tools that make or write anything."""
    server: MCPServer = MCPServer(
        "audobon", instructions=INSTRUCTIONS, version=__version__, log_level="WARNING"
    )
    tools = Tools(Program(library, folder, allowance, read_only=read_only), preview)
    for tool in tools.reading:
        server.add_tool(
            tool_of(tool), annotations=ToolAnnotations(read_only_hint=True, open_world_hint=False)
        )
    for tool in () if read_only else tools.changing:
        server.add_tool(
            tool_of(tool),
            annotations=ToolAnnotations(read_only_hint=False, destructive_hint=False, open_world_hint=False),
        )
    return server


def serve(library: Path, folder: Path, allowance: Allowance, preview: Preview, read_only: bool) -> None:
    """Answer over stdin and stdout until stdin ends."""
    anyio.run(build_server(library, folder, allowance, preview, read_only).run_stdio_async)
