"""Reads the picture packages and renders every concept in every family at the size of a sprite."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import resvg_py
from PIL import Image

from concepts import Concept, read_emojibase
from sources import Source

PICTURE_PIXELS = 64
"""Side of a sprite in pixels."""

RENDER_PIXELS = 256
"""Side at which vector pictures are drawn before they are averaged down, 4 x 4 pixels into one."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One concept drawn by one family.

    Attributes:
        pixels: uint8, (64, 64, 4), RGB already multiplied by alpha.
    """

    concept: Concept
    family: Source
    pixels: np.ndarray


class IconFamily:
    """Pictures in the Iconify layout: SVG bodies in `icons.json`, code points in `chars.json` if they have any."""

    def __init__(self, folder: Path, labels: dict[str, str]) -> None:
        """Read a package folder; `labels` (code point -> name) serve packages that name code points in words."""
        table = json.loads((folder / "icons.json").read_text(encoding="utf-8"))
        self._icons: dict[str, dict[str, Any]] = table["icons"]
        self._aliases: dict[str, dict[str, Any]] = table.get("aliases", {})
        self._size: tuple[int, int] = (table["width"], table["height"])
        characters = json.loads((folder / "chars.json").read_text(encoding="utf-8"))
        self._names: dict[str, str] = {key.replace("-fe0f", ""): name for key, name in characters.items()}
        self._labels = labels

    def svg(self, concept: Concept) -> str | None:
        """Return the picture of a concept as an SVG document, or None where the family lacks it."""
        code_point = concept.code_point
        known = (self._names.get(code_point, ""), self._labels.get(code_point, ""), *concept.names)
        slugs = (self._aliases.get(slug, {}).get("parent", slug) for slug in map(_slug, known))
        icon = next((self._icons[slug] for slug in slugs if slug in self._icons), None)
        if icon is None:
            return None
        width, height = icon.get("width", self._size[0]), icon.get("height", self._size[1])
        box = f"{icon.get('left', 0)} {icon.get('top', 0)} {width} {height}"
        return (
            '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
            f'viewBox="{box}" width="{width}" height="{height}">{icon["body"]}</svg>'
        )

    def image(self, concept: Concept) -> Image.Image | None:
        """Return the picture drawn at `RENDER_PIXELS` as an RGBA image, or None where the family lacks it."""
        document = self.svg(concept)
        if document is None:
            return None
        png = resvg_py.svg_to_bytes(svg_string=document, width=RENDER_PIXELS)
        return Image.open(io.BytesIO(bytes(png))).convert("RGBA")


class RenderFamily:
    """An emoji family of ready renders: `assets/<code points>.webp`, with or without fe0f."""

    def __init__(self, folder: Path) -> None:
        """Index the package folder."""
        self._files = {path.stem.replace("-fe0f", ""): path for path in (folder / "assets").glob("*.webp")}

    def image(self, concept: Concept) -> Image.Image | None:
        """Return the picture as an RGBA image, or None where the family lacks it."""
        path = self._files.get(concept.code_point)
        return None if path is None else Image.open(path).convert("RGBA")


def read_labels(emojibase_folder: Path) -> dict[str, str]:
    """Return emojibase's English label for each code point (lower case, without fe0f)."""
    return {
        row["hexcode"].lower().replace("-fe0f", ""): row["label"] for row in read_emojibase(emojibase_folder)
    }


def premultiplied_pixels(image: Image.Image) -> np.ndarray:
    """Fit an RGBA image into 64 x 64 pixels; return uint8 (64, 64, 4) with RGB multiplied by alpha.

    Averaging happens on the multiplied colours, so clear pixels leave no dark or light fringe.
    """
    scale = PICTURE_PIXELS / max(image.size)
    size = (round(image.width * scale), round(image.height * scale))
    canvas = np.zeros((PICTURE_PIXELS, PICTURE_PIXELS, 4), dtype=np.uint8)
    small = np.asarray(image.convert("RGBa").resize(size, Image.Resampling.BOX))
    top, left = (PICTURE_PIXELS - size[1]) // 2, (PICTURE_PIXELS - size[0]) // 2
    canvas[top : top + size[1], left : left + size[0]] = small
    return canvas


def outlined(image: Image.Image) -> Image.Image:
    """Return a large RGBA picture as a line drawing: dark lines where colour or alpha changes, white inside."""
    values = np.asarray(image.convert("RGBa")).astype(np.int16)
    across = np.abs(np.diff(values, axis=1, prepend=0)).max(-1)
    down = np.abs(np.diff(values, axis=0, prepend=0)).max(-1)
    edges = Image.fromarray((np.maximum(across, down) > 40).astype(np.uint8) * 255)
    thick = np.asarray(edges.resize(image.size)).astype(np.float32)
    side = max(3, image.width // 48)
    kernel = np.ones(side) / side
    for axis in (0, 1):
        thick = np.apply_along_axis(lambda row: np.convolve(row, kernel, "same"), axis, thick)
    lines = np.clip(thick * 6, 0, 255)
    inside = values[..., 3]
    alpha = np.maximum(inside, lines)
    grey = np.clip(245 - lines * 0.85, 20, 255)
    colours = np.stack([grey, grey, grey + 5], axis=-1).clip(0, 255)
    drawn = np.concatenate([colours, alpha[..., None]], axis=-1).astype(np.uint8)
    return Image.fromarray(drawn, "RGBA")


def render_pictures(
    concepts: list[Concept], families: list[Source], work: Path, labels: dict[str, str]
) -> list[Picture]:
    """Draw every concept in every family that has it; ordered by family, then as `concepts`."""

    def draw(family: Source) -> Iterator[Picture]:
        reader = _reader(family, work, labels)
        for concept in concepts:
            image = reader.image(concept)
            if image is not None:
                pixels = premultiplied_pixels(outlined(image) if family.treatment == "outlined" else image)
                yield Picture(concept, family, pixels)

    with ThreadPoolExecutor() as pool:
        return [
            picture for drawn in pool.map(lambda family: list(draw(family)), families) for picture in drawn
        ]


def _reader(family: Source, work: Path, labels: dict[str, str]) -> IconFamily | RenderFamily:
    folder = family.folder(work)
    return IconFamily(folder, labels) if (folder / "icons.json").is_file() else RenderFamily(folder)


def _slug(label: str) -> str:
    """Return a label in the form of an Iconify icon name: "T-Rex" -> "t-rex"."""
    return re.sub(r"[^a-z0-9]+", "-", label.lower()).strip("-")
