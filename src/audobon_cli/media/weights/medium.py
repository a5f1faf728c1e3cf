"""The medium weights: see media.types.Medium."""

import base64
import binascii
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.asset import Asset, AssetKind
from audobon_cli.domain.errors import InvalidInput, PictureUnreadable
from audobon_cli.domain.foreign.documents import Beginning, parse_json_object
from audobon_cli.domain.media import WEIGHTS, MediaOutput, WeightsInfo
from audobon_cli.domain.recipe import Recipe, recipe_from_json
from audobon_cli.media.types import NO_APPEARANCE, Appearance, FileFormat, Foreign, InspectedFile
from audobon_cli.media.weights.header import (
    MOST_HEADER_BYTES,
    RECIPE_KEY,
    header_end,
    looks_like_weights,
    read_weights,
    with_header,
)

if TYPE_CHECKING:
    from audobon_cli.domain.model import Model
    from audobon_cli.domain.presets import Style
    from audobon_cli.domain.request import GenerationRequest
    from audobon_cli.presets.catalog import Presets

THUMBNAIL = "modelspec.thumbnail"
"""The standard's: a picture as a data URL."""
SIDE = 128
MOST_THUMBNAIL = 2 * 2**20
FORMAT = "safetensors"


@dataclass(frozen=True, slots=True)
class WeightsFile:
    """The file of a LoRA, whole: nothing works on its numbers here."""

    data: bytes

    @property
    def media(self) -> WeightsInfo:
        """See DecodedContent."""
        return read_weights(self.data).info

    @property
    def format(self) -> str:
        """See DecodedContent."""
        return FORMAT

    @property
    def nbytes(self) -> int:
        """See DecodedContent."""
        return len(self.data)


class WeightsMedium:
    """Implements media.types.Medium. A content is a WeightsFile; no engine makes any."""

    name = WEIGHTS
    info = WeightsInfo
    suffix = ".safetensors"
    formats = (FileFormat(FORMAT, "LoRA (.safetensors)", ".safetensors", (".safetensors",)),)

    def recognises(self, data: bytes) -> bool:
        """See Medium."""
        return looks_like_weights(data)

    def refusal(self, beginning: Beginning, size: int) -> str:
        """See LooksAhead: whole models are many gigabytes, and their header says that they are none of the kind."""
        try:
            read_weights(beginning(header_end(beginning(8))), size)
        except PictureUnreadable as error:
            return str(error.details["why"])
        return ""

    def inspect(self, data: bytes) -> InspectedFile:
        """See Medium and read_weights."""
        header = read_weights(data)
        details: dict[str, Any] = {}
        for key in ("modelspec.title", "modelspec.license", "ss_sd_model_name"):
            if header.notes.get(key):
                details[key] = header.notes[key][:200]
        if details:
            details["source"] = "safetensors"
        return InspectedFile(
            AssetKind.EMBEDDING if header.is_embedding else AssetKind.LORA,
            FORMAT,
            header.info,
            Foreign(recipe=self.read_recipe(data), details=details),
        )

    def plan_output(
        self, request: "GenerationRequest", model: "Model", style: "Style", presets: "Presets"
    ) -> MediaOutput:
        """See Medium: weights are trained, and not asked for with a prompt."""
        raise InvalidInput("No model makes weights.", hint="train some: `audobon train lora SET --name NAME`")

    def finish(self, content: WeightsFile, output: MediaOutput) -> WeightsFile:
        """See Medium."""
        return content

    def finishing_libraries(self, output: MediaOutput) -> dict[str, str]:
        """See Medium."""
        return {}

    def encode(self, content: WeightsFile, recipe: Recipe) -> bytes:
        """See Medium: the same numbers with ``recipe`` in the header."""
        length = int.from_bytes(content.data[:8], "little")
        header = parse_json_object(content.data[8 : 8 + length], MOST_HEADER_BYTES)
        header["__metadata__"] = {**header.get("__metadata__", {}), RECIPE_KEY: recipe.to_json()}
        data = with_header(header, content.data[8 + length :])
        read_weights(data)
        return data

    def read_recipe(self, source: Path | bytes) -> Recipe | None:
        """See Medium: files of the trainer's own have a derivation, and no recipe."""
        try:
            data = source.read_bytes() if isinstance(source, Path) else source
        except OSError as error:
            raise InvalidInput(
                f"{source!s} cannot be read: {error.strerror}.", hint="check the path"
            ) from error
        try:
            return recipe_from_json(read_weights(data).notes[RECIPE_KEY])
        except (PictureUnreadable, KeyError, ValueError):
            return None

    def decode(self, data: bytes, name: str) -> WeightsFile:
        """See Medium. Raises InvalidInput for what is no LoRA."""
        try:
            read_weights(data)
        except PictureUnreadable as error:
            raise InvalidInput(f"{name} cannot be used: {error.message}", hint=error.hint) from error
        return WeightsFile(data)

    def preview(self, data: bytes) -> bytes | None:
        """See Medium: the picture that its header carries."""
        try:
            url = read_weights(data).notes[THUMBNAIL]
            kind, _, text = url[:MOST_THUMBNAIL].partition(";base64,")
            if not kind.startswith("data:image/"):
                return None
            return _small(base64.b64decode(text, validate=True))
        except (PictureUnreadable, KeyError, binascii.Error):
            return None

    def fingerprint(self, data: bytes) -> Appearance:
        """See Medium: weights look like nothing."""
        return NO_APPEARANCE

    def convert(self, asset: Asset, data: bytes, form: str | None, optimize: bool) -> bytes:
        """See Medium: as it is."""
        if form in (None, asset.format):
            return data
        raise InvalidInput(
            f"{asset.name} is a LoRA and cannot become {form}.",
            hint="leave --format out; `audobon train export` writes it for other programs",
        )


def _small(data: bytes) -> bytes | None:
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP")) as opened:
            if opened.width * opened.height > 2**22:
                return None
            image = opened.convert("RGBA")
    except (OSError, ValueError, SyntaxError):
        return None
    image.thumbnail((SIDE, SIDE))
    stream = io.BytesIO()
    image.save(stream, "WEBP", lossless=True)
    return stream.getvalue()
