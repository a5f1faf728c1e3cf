#!/usr/bin/env bash
# mcp 2.3.0: a tool's argument declared as `str | None` loses the text "null". The server (MCPServer) reads text for every
# argument whose type is not exactly `str` as JSON once more. Where a number or a string comes of it, it goes on with the
# text; where a null comes of it, the tool gets None, without an error, though the caller sent four letters (a name, a word
# to look for). By the input schema that the server itself lists string and null are both valid, and the arguments of
# a call are JSON already, in which "null" and null are two values. With the type `str` the same text is whole.
# Seen on 2026-12-01: {'str': "'null'", 'str | None': 'None', 'schema': ['string', 'null']}
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet mcp==2.3.0
"$folder/venv/bin/python" - <<'PY'
import asyncio, sys
from mcp import Client
from mcp.server import MCPServer

server = MCPServer("assets")

@server.tool()
def plain(name: str) -> str:
    return repr(name)

@server.tool()
def optional(name: str | None = "nothing sent") -> str:
    return repr(name)

async def main():
    async with Client(server) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        answers = [(await client.call_tool(name, {"name": "null"})).content[0].text for name in ("plain", "optional")]
    types = [one["type"] for one in tools["optional"].input_schema["properties"]["name"]["anyOf"]]
    return {"str": answers[0], "str | None": answers[1], "schema": types}

seen = asyncio.run(main())
print(seen)
sys.exit(seen != {"str": "'null'", "str | None": "None", "schema": ["string", "null"]})
PY
