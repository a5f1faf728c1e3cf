"""The server for assistants, asked by the protocol's own client: over its real pipes, and with real commands behind."""

import json
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client, StdioServerParameters
from PIL import Image

from audobon_cli.mcp.program import BUDGET, CommandFailed, Program
from audobon_cli.mcp.server import build_server
from tests.conftest import Audobon

MAKING = {"generate", "sound", "sheet", "export"}
READING = {"search", "show", "check", "plan"}


def asked(library: Path, calls: Callable[[Client], Awaitable[None]], *words: str) -> None:
    """Run ``calls`` with a client of `audobon mcp`, which works in the folder of ``library``."""
    server = StdioServerParameters(
        command=sys.executable,
        args=["-m", "audobon_cli", "mcp", "--library", str(library), *words],
        cwd=library.parent,
        env=dict(os.environ),
    )

    async def session() -> None:
        async with Client(server) as client:
            await calls(client)

    anyio.run(session)


def data(result: Any) -> dict[str, Any]:
    """The object that a tool returned, told as text and as data alike."""
    assert not result.is_error, result.content
    assert json.loads(result.content[0].text) == result.structured_content
    found: dict[str, Any] = result.structured_content
    return found


def test_an_assistant_draws_looks_packs_and_checks(audobon: Audobon, isolation: Path) -> None:
    assert audobon("init", ".").status == 0
    library = isolation / ".audobon"
    steps = [Image.new("RGB", (8, 8), colour) for colour in ("red", "lime")]
    steps[0].save(isolation / "walk.gif", save_all=True, append_images=steps[1:], duration=[200, 50])
    assert audobon("assets", "import", str(isolation / "walk.gif")).status == 0

    async def calls(client: Client) -> None:
        heard: list[float] = []

        async def progress(done: float, total: float | None, message: str | None) -> None:
            heard.append(done)

        assert {tool.name for tool in (await client.list_tools()).tools} == MAKING | READING
        made = await client.call_tool(
            "generate",
            {"prompt": "--help", "quality": "draft", "seed": 1, "folder": "art"},
            progress_callback=progress,
        )
        (asset,) = data(made)["assets"]
        assert (asset["prompt"], asset["seed"], asset["existing"]) == ("--help", 1, False)
        assert made.content[1].mime_type == "image/png"
        with Image.open(asset["path"]) as picture:
            assert picture.size == (64, 64)
        assert Path(asset["path"]).parent == library.parent / "art"

        packed = {"assets": ["walk"], "name": "w", "formats": ["aseprite"], "folder": "art"}
        data(await client.call_tool("sheet", packed))
        said = json.loads((library.parent / "art" / "w-aseprite.json").read_text())
        assert [frame["duration"] for frame in said["frames"]] == [200, 50]  # no rate was asked for

        shown = data(await client.call_tool("show", {"asset": asset["id"]}))
        assert shown["asset"]["recipe"]["seed"] == 1
        outside = await client.call_tool("export", {"assets": [asset["id"]], "folder": ".."})
        assert outside.is_error
        assert outside.structured_content["error"]["code"] == "input.invalid"
        unknown = await client.call_tool("show", {"asset": "nothing"})
        assert unknown.structured_content["error"]["code"] == "asset.not_found"
        assert "audobon assets list" in unknown.content[0].text
        paid = await client.call_tool("generate", {"prompt": "key", "provider": "replicate"})
        assert paid.structured_content["error"]["code"] == "source.offline"
        assert not (library.parent / "nothing").exists()

    asked(library, calls)


def test_read_only_offers_nothing_that_makes_or_writes(tmp_path: Path) -> None:
    async def tools(read_only: bool) -> set[str]:
        server = build_server(tmp_path, tmp_path, lambda: 0, lambda asset: None, read_only)
        async with Client(server) as client:
            listed = (await client.list_tools()).tools
            assert all(tool.annotations and tool.annotations.read_only_hint for tool in listed) is read_only
            return {tool.name for tool in listed}

    assert anyio.run(tools, True) == READING
    assert anyio.run(tools, False) == MAKING | READING


def test_a_call_that_is_given_up_ends_its_command(tmp_path: Path) -> None:
    script = """
import pathlib, signal, sys, time
def stop(*_):
    pathlib.Path("stopped").touch()
    sys.exit(130)
signal.signal(signal.SIGTERM, stop)
pathlib.Path("began").touch()
time.sleep(600)
"""
    program = Program(tmp_path, tmp_path, lambda: 0, (sys.executable, "-c", script))

    async def give_up() -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(program.run, "generate", ["key"])
            while not (tmp_path / "began").exists():
                await anyio.sleep(0.02)
            group.cancel_scope.cancel()

    anyio.run(give_up)
    assert (tmp_path / "stopped").exists()


@pytest.mark.parametrize(("allowed", "budget"), [(0, None), (1, "0.000001"), (250_000, "0.250000")])
def test_money_is_what_the_server_was_given(tmp_path: Path, allowed: int, budget: str | None) -> None:
    script = f"""
import json, os, sys
data = {{"words": sys.argv[1:], "budget": os.environ.get("{BUDGET}")}}
print(json.dumps({{"ok": True, "data": data}}))
"""
    program = Program(tmp_path, tmp_path, lambda: allowed, (sys.executable, "-c", script))
    found = anyio.run(program.run, "generate", ["-n"], {"count": 2, "style": None, "format": ["a", "b"]})
    before, after = found["words"][: found["words"].index("--")], found["words"][-1]
    assert after == "-n"
    assert before[-3:] == ["--count=2", "--format=a", "--format=b"]
    assert ("--offline" in before, found["budget"]) == (budget is None, budget)


def test_a_command_that_ends_without_a_word_is_an_error(tmp_path: Path) -> None:
    program = Program(tmp_path, tmp_path, lambda: 0, (sys.executable, "-c", "raise SystemExit(9)"))
    with pytest.raises(CommandFailed, match="status 9"):
        anyio.run(program.run, "generate", ["key"])
