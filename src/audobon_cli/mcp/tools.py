"""The tools: what an assistant may ask for, each a command of the program. Their docstrings are what it reads."""

import functools
import inspect
import json
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from mcp.server.mcpserver import Context, Image
from mcp_types import CallToolResult, ContentBlock, TextContent
from pydantic import Field

from audobon_cli.domain.ids import AssetId
from audobon_cli.mcp.program import CommandFailed, Program
from audobon_cli.queue.runners.command import assets_in

PREVIEWS = 4
MOST_AT_ONCE = 16
MOST_FOUND = 100

Preview = Callable[[AssetId], bytes | None]
"""A small PNG of an asset, of a sound its waveform; None where there is none."""

Prompt = Annotated[str, Field(min_length=1, max_length=4000, description="What to make, in plain words.")]
Count = Annotated[int, Field(ge=1, le=MOST_AT_ONCE, description="How many, from consecutive seeds.")]
Seed = Annotated[
    int | None, Field(ge=0, description="The same seed makes the same again; left out: a new one.")
]
Quality = Literal["draft", "optimized", "high", "ultra"]
Style = Annotated[str | None, Field(description="A style of `audobon presets list`, or of your own.")]
Size = Annotated[
    str | None, Field(pattern=r"^[0-9]{1,4}(x[0-9]{1,4})?$", description="Pixels: 64, or 512x768.")
]
Model = Annotated[
    str | None, Field(description="Another model than the built-in one, of `audobon models list`.")
]
Provider = Annotated[
    str | None, Field(description="A paid provider, if this server was started with a budget; else left out.")
]
Folder = Annotated[str, Field(description="Where to write files: below the folder that the server works in.")]
Assets = Annotated[
    list[str], Field(min_length=1, max_length=500, description="Ids, names, or queries such as tag:boss.")
]
Length = Annotated[float | None, Field(ge=0.02, le=60, description="Seconds.")]


@dataclass(frozen=True, slots=True)
class ToolRequestOptions:
    """What every request says; see `audobon generate` and `audobon sound make`."""

    prompt: Prompt
    count: Count = 1
    quality: Quality = "high"
    style: Style = None
    seed: Seed = None
    model: Model = None

    @property
    def options(self) -> dict[str, object]:
        """All but the prompt, by the names of the command's options."""
        return {field.name: getattr(self, field.name) for field in fields(self) if field.name != "prompt"}


@dataclass(frozen=True, slots=True)
class ToolPictureOptions(ToolRequestOptions):
    """Of pictures only."""

    size: Size = None
    provider: Provider = None


@dataclass(frozen=True, slots=True)
class ToolSoundOptions(ToolRequestOptions):
    """Of sounds only."""

    length: Length = None


def tool_of(method: Callable[..., Awaitable[CallToolResult]]) -> Callable[..., Awaitable[CallToolResult]]:
    """``method`` with the fields of its options in its signature, which is the schema that assistants see."""
    taken = inspect.signature(method, eval_str=True)
    groups: dict[str, Any] = {
        name: one.annotation for name, one in taken.parameters.items() if is_dataclass(one.annotation)
    }
    flat = [one for name, one in taken.parameters.items() if name not in groups]
    flat += [
        one.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for group in groups.values()
        for one in inspect.signature(group, eval_str=True).parameters.values()
    ]
    flat.sort(key=lambda one: (one.kind, one.default is not one.empty))

    @functools.wraps(method)
    async def tool(**given: Any) -> CallToolResult:
        made = {
            name: group(**{one.name: given.pop(one.name) for one in fields(group)})
            for name, group in groups.items()
        }
        return await method(**given, **made)

    tool.__signature__ = taken.replace(parameters=flat)  # type: ignore[attr-defined]
    tool.__annotations__ = {one.name: one.annotation for one in flat}
    return tool


class Tools:
    """The tools of one server, on ``program``; ``preview`` shows what assets look like."""

    def __init__(self, program: Program, preview: Preview) -> None:
        self._program = program
        self._preview = preview

    @property
    def reading(self) -> tuple[Callable[..., Any], ...]:
        """Those that change nothing."""
        return (self.search, self.show, self.check, self.plan)

    @property
    def changing(self) -> tuple[Callable[..., Any], ...]:
        """Those that make assets or write files."""
        return (self.generate, self.sound, self.sheet, self.export)

    async def generate(
        self, context: Context, asked: ToolPictureOptions, folder: Folder = "."
    ) -> CallToolResult:
        """Draw pictures (sprites, icons, items, characters, ground tiles) from words.

        Each is filed in the library with the recipe that makes it again, and written as a PNG whose path is returned.
        """
        return await self._made("generate", [asked.prompt], {**asked.options, "yes": True}, folder, context)

    async def sound(self, context: Context, asked: ToolSoundOptions, folder: Folder = ".") -> CallToolResult:
        """Make sound effects (footsteps, doors, coins, lasers, explosions, wind, clicks) from words, as WAV files.

        Each is filed in the library; the preview is its waveform.
        """
        return await self._made("sound make", [asked.prompt], asked.options, folder, context)

    async def sheet(
        self,
        context: Context,
        assets: Assets,
        name: Annotated[str, Field(min_length=1, max_length=100)] = "sheet",
        formats: Annotated[
            list[
                Literal["json", "json-array", "phaser", "aseprite", "godot", "unity", "tiled", "css", "gif"]
            ],
            Field(max_length=9, description="Data files beside the picture, for these engines."),
        ] = ["json"],  # noqa: B006 - never changed; a list is what the schema says
        padding: Annotated[int, Field(ge=0, le=64)] = 1,
        fps: Annotated[
            float | None,
            Field(gt=0, le=120, description="Frames per second; null: as animations are timed, else 10."),
        ] = None,
        folder: Folder = ".",
    ) -> CallToolResult:
        """Pack pictures, or the frames of animations in their order, into a sprite sheet that game engines open."""
        options = {"name": name, "format": formats, "padding": padding, "fps": fps}
        return await self._made("sprite sheet", assets, options, folder, context)

    async def export(self, context: Context, assets: Assets, folder: Folder = ".") -> CallToolResult:
        """Write assets as files, byte for byte as the library keeps them."""
        return await self._made("assets export", assets, {}, folder, context)

    async def search(
        self,
        query: Annotated[
            str,
            Field(max_length=1000, description="Words, or fields: tag:boss size:>64 kind:sound; empty: all."),
        ] = "",
        limit: Annotated[int, Field(ge=1, le=MOST_FOUND)] = 20,
        previews: Annotated[int, Field(ge=0, le=PREVIEWS, description="How many of them to show.")] = 0,
    ) -> CallToolResult:
        """Find assets of the library by name, prompt, tag, size, colour or meaning; the newest first."""
        return await self._read("assets list", [query] if query else [], {"limit": limit}, previews)

    async def show(self, asset: Annotated[str, Field(min_length=1, max_length=1000)]) -> CallToolResult:
        """One asset: a preview, its facts, its recipe, what it derives from and what was made of it."""
        return await self._read("assets show", [asset], {}, previews=1)

    async def check(self, assets: Assets) -> CallToolResult:
        """Measure pictures against the project's contract: halos, stray pixels, colours, sizes; says what fails."""
        return await self._read("sprite check", assets, {"dry-run": True})

    async def plan(self, asked: ToolPictureOptions) -> CallToolResult:
        """What drawing would take on this machine before it starts: memory, seconds, disk, and dollars at providers."""
        return await self._read("generate", [asked.prompt], {**asked.options, "plan": True})

    async def _made(
        self, command: str, words: list[str], options: dict[str, object], folder: str, context: Context
    ) -> CallToolResult:
        async def report(percent: float, doing: str) -> None:
            await context.report_progress(percent, 100.0, doing.replace("_", " "))

        try:
            out = {"out": self._below(folder)}
            data = await self._program.run(command, words, options | out, report)
        except CommandFailed as failed:
            return _failure(failed)
        return self._result(data, PREVIEWS)

    async def _read(
        self, command: str, words: list[str], options: dict[str, object], previews: int = 0
    ) -> CallToolResult:
        try:
            data = await self._program.run(command, words, options, changes=False)
        except CommandFailed as failed:
            return _failure(failed)
        return self._result(data, previews)

    def _result(self, data: dict[str, Any], previews: int) -> CallToolResult:
        """``data``, with previews of its first assets."""
        text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
        content: list[ContentBlock] = [TextContent(type="text", text=text)]
        content += self._previews(data, previews)
        return CallToolResult(content=content, structured_content=data)

    def _previews(self, data: dict[str, Any], most: int) -> Iterable[ContentBlock]:
        listed = {**data, "one": [data["asset"]]} if isinstance(data.get("asset"), dict) else data
        for asset in assets_in(listed)[:most]:
            picture = self._preview(asset)
            if picture is not None:
                yield Image(data=picture, format="png").to_image_content()

    def _below(self, folder: str) -> str:
        """``folder`` if it lies in the one that the server works in. Raises CommandFailed."""
        home = self._program.folder.resolve()
        wanted = (home / Path(folder)).resolve()
        if not wanted.is_relative_to(home):
            raise CommandFailed(
                {
                    "code": "input.invalid",
                    "message": f"{folder} is not below the folder that this server works in.",
                    "hint": f"name one below {home}",
                    "details": {},
                }
            )
        return f"{wanted}/"  # a folder, there or not


def _failure(failed: CommandFailed) -> CallToolResult:
    text = "\n".join(filter(None, (failed.error.get("message"), failed.error.get("hint"))))
    return CallToolResult(
        content=[TextContent(type="text", text=text)],
        structured_content={"error": failed.error},
        is_error=True,
    )
