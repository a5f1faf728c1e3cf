"""A made-up medium and a made-up engine of it: short texts in files, said by a parrot."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from audobon_cli.domain.asset import Asset, AssetKind
from audobon_cli.domain.errors import InvalidInput, PictureUnreadable
from audobon_cli.domain.events import Listener, ModelLoaded, ModelLoading, StepDone
from audobon_cli.domain.media import MediaOutput
from audobon_cli.domain.model import Model
from audobon_cli.domain.presets import Style
from audobon_cli.domain.recipe import Recipe, recipe_from_json
from audobon_cli.domain.request import GenerationRequest, ResolvedRequest
from audobon_cli.engines.base import Asked, EngineFacts, Rendered, ShouldStop
from audobon_cli.media.types import NO_APPEARANCE, Appearance, FileFormat, Foreign, InspectedFile

if TYPE_CHECKING:
    from audobon_cli.presets.catalog import Presets

HEAD = b"TEXT\n"
"""How the files begin; then a line with the recipe, or an empty one, and the words."""


@dataclass(frozen=True, slots=True)
class TextInfo:
    """What is known of a text."""

    medium: ClassVar[str] = "text"
    words: int


@dataclass(frozen=True, slots=True)
class TextOutput:
    """A text of so many words."""

    medium: ClassVar[str] = "text"
    words: int = 4

    @property
    def raw_bytes(self) -> int:
        """See MediaOutput."""
        return 100 * self.words

    def operations(self) -> tuple[str, ...]:
        """See MediaOutput."""
        return ("loudly",)


@dataclass(frozen=True, slots=True)
class DecodedText:
    """Implements media.types.DecodedContent."""

    media: TextInfo
    nbytes: int
    format: str = "text"


class TextMedium:
    """Implements media.types.Medium."""

    name = "text"
    info = TextInfo
    suffix = ".text"
    formats = (FileFormat("text", "text", ".text", (".text",)),)

    def recognises(self, data: bytes) -> bool:
        """See Medium."""
        return data.startswith(HEAD)

    def inspect(self, data: bytes) -> InspectedFile:
        """See Medium."""
        recipe = self.read_recipe(data)
        try:
            words = data.split(b"\n", 2)[2].decode().split()
        except (IndexError, UnicodeDecodeError) as error:
            raise PictureUnreadable("This is no text.", hint="open it elsewhere", why="cut off") from error
        foreign = Foreign(recipe.prompt, recipe.model, recipe.seed, recipe) if recipe else Foreign()
        return InspectedFile(AssetKind.INPUT, "text", TextInfo(len(words)), foreign)

    def plan_output(
        self, request: GenerationRequest, model: Model, style: Style, presets: "Presets"
    ) -> TextOutput:
        """See Medium."""
        return TextOutput()

    def finish(self, content: str, output: MediaOutput) -> str:
        """See Medium."""
        return content.upper()

    def finishing_libraries(self, output: MediaOutput) -> dict[str, str]:
        """See Medium."""
        return {"voice": "1"}

    def encode(self, content: str, recipe: Recipe) -> bytes:
        """See Medium."""
        return HEAD + recipe.to_json().encode() + b"\n" + content.encode()

    def read_recipe(self, source: Path | bytes) -> Recipe | None:
        """See Medium."""
        data = source if isinstance(source, bytes) else source.read_bytes()
        if not data.startswith(HEAD):
            return None
        try:
            return recipe_from_json(data.split(b"\n", 2)[1].decode())
        except ValueError:
            return None

    def decode(self, data: bytes, name: str) -> "DecodedText":
        """See Medium."""
        inspected = self.inspect(data)
        assert isinstance(inspected.media, TextInfo)
        return DecodedText(inspected.media, len(data))

    def preview(self, data: bytes) -> bytes | None:
        """See Medium."""
        return None

    def fingerprint(self, data: bytes) -> Appearance:
        """See Medium."""
        return NO_APPEARANCE

    def convert(self, asset: Asset, data: bytes, form: str | None, optimize: bool) -> bytes:
        """See Medium."""
        if form not in (None, "text"):
            raise InvalidInput(f"{asset.name} is a text and cannot become {form}.", hint="leave --format out")
        return data


class Parrot:
    """Implements engines.base.Engine: says the prompt again. It steps once, and knows no memory."""

    def load(self, request: ResolvedRequest, listen: Listener) -> EngineFacts:
        """See Engine.load."""
        listen(ModelLoading(request.model.name))
        listen(ModelLoaded(request.model.name, "cpu", "words", 0.0))
        return parrot_facts(request)[0]

    def render(
        self, request: ResolvedRequest, seed: int, index: int, listen: Listener, should_stop: ShouldStop
    ) -> Rendered:
        """See Engine.render."""
        listen(StepDone(index, 1, 1, time.monotonic()))
        return Rendered(f"{request.resolved_prompt} {seed}")

    def render_together(
        self, asked: Sequence[Asked], index: int, listen: Listener, should_stop: ShouldStop
    ) -> list[Rendered]:
        """See Engine.render_together."""
        return [self.render(*asked[0], index, listen, should_stop)]


def parrot_facts(request: ResolvedRequest) -> tuple[EngineFacts, ...]:
    """What loading a parrot gives."""
    return (EngineFacts("parrot", "b" * 64, "none", "cpu", "words", {"audobon": "0"}),)
