"""The medium image: see media.types.Medium."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from audobon_cli.domain.asset import Asset
from audobon_cli.domain.foreign.documents import HEAD_BYTES, Beginning
from audobon_cli.domain.media import IMAGE, ImageInfo, MediaOutput
from audobon_cli.domain.output.image import ImageOutput
from audobon_cli.domain.recipe import Recipe
from audobon_cli.media.image.png import encode_png, read_recipe
from audobon_cli.media.image.png_chunks import PNG_SIGNATURE
from audobon_cli.media.types import Appearance, FileFormat, Foreign, InspectedFile

if TYPE_CHECKING:
    from PIL.Image import Image

    from audobon_cli.domain.model import Model
    from audobon_cli.domain.presets import Style
    from audobon_cli.domain.request import GenerationRequest
    from audobon_cli.media.image.pixels import DecodedImage
    from audobon_cli.presets.catalog import Presets


class ImageMedium:
    """Implements media.types.Medium. A content is a Pillow picture: RGBA with straight alpha, or RGB."""

    name = IMAGE
    info = ImageInfo
    suffix = ".png"
    formats = (
        FileFormat("png", "PNG", ".png", (".png", ".apng")),
        FileFormat("webp", "WebP", ".webp", (".webp",)),
        FileFormat(
            "jpeg", "JPEG", ".jpg", (".jpg", ".jpeg", ".jpe", ".jfif", ".jfi", ".jif", ".pjpeg", ".pjp")
        ),
        FileFormat("gif", "GIF", ".gif", (".gif",)),
        FileFormat("svg", "SVG", ".svg", (".svg",)),
        FileFormat("avif", "AVIF", ".avif"),
    )

    def recognises(self, data: bytes) -> bool:
        """See Medium."""
        starts = (PNG_SIGNATURE, b"\xff\xd8\xff", b"GIF87a", b"GIF89a")
        if data.startswith(starts):
            return True
        webp = data[:4] + data[8:12] == b"RIFFWEBP"
        # Drawings are text: no zero is in it, and one is in the head of each other file that may quote a drawing.
        drawing = b"<svg" in data[:HEAD_BYTES] and b"\0" not in data[:HEAD_BYTES]
        return webp or drawing

    def refusal(self, beginning: Beginning, size: int) -> str:
        """See LooksAhead and refused_size."""
        from audobon_cli.media.image.inspect import refused_size

        return refused_size(beginning(HEAD_BYTES), size)

    def inspect(self, data: bytes) -> InspectedFile:
        """See Medium and inspect_picture."""
        from audobon_cli.media.image.hidden_texts import hidden_texts
        from audobon_cli.media.image.inspect import inspect_picture

        found = inspect_picture(data)
        info = ImageInfo(found.width, found.height, found.mode, found.frames)
        foreign = _foreign(found.texts)
        if not foreign.says_how and found.format == "png" and (hidden := hidden_texts(data)):
            foreign = _foreign({**found.texts, **hidden})
        if found.texts and foreign.recipe is None:
            from audobon_cli.media.image.foreign.authorship import authorship

            foreign = replace(foreign, details={**authorship(found.texts), **foreign.details})
        return InspectedFile(found.kind, found.format, info, foreign)

    def plan_output(
        self, request: "GenerationRequest", model: "Model", style: "Style", presets: "Presets"
    ) -> ImageOutput:
        """See Medium and image_output."""
        from audobon_cli.media.image.output import image_output

        return image_output(request, model, style, presets)

    def finish(self, content: "Image", output: MediaOutput) -> "Image":
        """See Medium and apply_scaling."""
        assert isinstance(output, ImageOutput)
        if output.scaling.operations():
            from audobon_cli.media.image.scale import apply_scaling

            content = apply_scaling(content, output.scaling)
        if output.dress is not None:
            from audobon_cli.media.image.dress import dressed

            content = dressed(content, output.dress.finishing)
        return content

    def finishing_libraries(self, output: MediaOutput) -> dict[str, str]:
        """See Medium."""
        assert isinstance(output, ImageOutput)
        found: dict[str, str] = {}
        if output.scaling.operations():
            from audobon_cli.media.image.scale import libraries_used

            found = libraries_used(output.scaling)
        if output.dress is not None:
            from importlib.metadata import version

            found |= {name: version(name) for name in ("numpy", "pillow")}
        return found

    def encode(self, content: "Image", recipe: Recipe) -> bytes:
        """See Medium: a PNG."""
        return encode_png(content, recipe)

    def read_recipe(self, source: Path | bytes) -> Recipe | None:
        """See Medium."""
        return read_recipe(source)

    def decode(self, data: bytes, name: str) -> "DecodedImage":
        """See Medium and read_picture."""
        from audobon_cli.media.image.pixels import read_picture

        return read_picture(data, name)

    def preview(self, data: bytes) -> bytes | None:
        """See Medium: at most 128 x 128 pixels; None for vectors and what cannot be decoded."""
        from audobon_cli.media.image.preview import preview

        return preview(data)

    def fingerprint(self, data: bytes) -> Appearance:
        """See Medium: of the first frame."""
        from audobon_cli.media.image.appearance import compute_appearance

        return compute_appearance(data)

    def convert(self, asset: Asset, data: bytes, form: str | None, optimize: bool) -> bytes:
        """See Medium and media.image.convert."""
        from audobon_cli.media.image.convert import convert
        from audobon_cli.media.image.formats import ExportFormat

        return convert(asset, data, None if form is None else ExportFormat(form), optimize)


def _foreign(texts: Mapping[str, str]) -> Foreign:
    """What ``texts`` say. Its readers are imported for those that say anything: that takes longer than most files."""
    if not texts:
        return Foreign()
    from audobon_cli.media.image.foreign.registry import read_foreign

    return read_foreign(texts)
