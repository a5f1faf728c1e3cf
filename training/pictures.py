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

from concepts import Concept
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
    """An emoji family in the Iconify layout: SVG bodies in `icons.json`, code points in `chars.json`."""

    def __init__(self, folder: Path, labels: dict[str, str]) -> None:
        """Read a package folder; `labels` (code point -> name) serve packages without `chars.json`."""
        table = json.loads((folder / "icons.json").read_text(encoding="utf-8"))
        self._icons: dict[str, dict[str, Any]] = table["icons"]
        self._aliases: dict[str, dict[str, Any]] = table.get("aliases", {})
        self._size: tuple[int, int] = (table["width"], table["height"])
        self._names: dict[str, str] = json.loads((folder / "chars.json").read_text(encoding="utf-8"))
        self._labels = labels

    def svg(self, code_point: str) -> str | None:
        """Return the picture of a code point as an SVG document, or None where the family lacks it."""
        name = self._names.get(code_point) or _slug(self._labels.get(code_point, ""))
        if name in self._aliases:
            name = self._aliases[name]["parent"]
        icon = self._icons.get(name)
        if icon is None:
            return None
        width, height = icon.get("width", self._size[0]), icon.get("height", self._size[1])
        box = f"{icon.get('left', 0)} {icon.get('top', 0)} {width} {height}"
        return (
            '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
            f'viewBox="{box}" width="{width}" height="{height}">{icon["body"]}</svg>'
        )

    def image(self, code_point: str) -> Image.Image | None:
        """Return the picture drawn at `RENDER_PIXELS` as an RGBA image, or None where the family lacks it."""
        document = self.svg(code_point)
        if document is None:
            return None
        png = resvg_py.svg_to_bytes(svg_string=document, width=RENDER_PIXELS)
        return Image.open(io.BytesIO(bytes(png))).convert("RGBA")


class RenderFamily:
    """An emoji family of ready renders: `assets/<code points>.webp`, with or without fe0f."""

    def __init__(self, folder: Path) -> None:
        """Index the package folder."""
        self._files = {path.stem.replace("-fe0f", ""): path for path in (folder / "assets").glob("*.webp")}

    def image(self, code_point: str) -> Image.Image | None:
        """Return the picture as an RGBA image, or None where the family lacks it."""
        path = self._files.get(code_point)
        return None if path is None else Image.open(path).convert("RGBA")


def read_labels(emojibase_folder: Path) -> dict[str, str]:
    """Return emojibase's English label for each code point (lower case, without fe0f)."""
    rows = json.loads((emojibase_folder / "en" / "data.json").read_text(encoding="utf-8"))
    return {row["hexcode"].lower().replace("-fe0f", ""): row["label"] for row in rows}


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


def render_pictures(
    concepts: list[Concept], families: list[Source], work: Path, labels: dict[str, str]
) -> list[Picture]:
    """Draw every concept in every family that has it; ordered by family, then as `concepts`."""

    def draw(family: Source) -> Iterator[Picture]:
        folder = family.folder(work)
        reader = IconFamily(folder, labels) if (folder / "icons.json").is_file() else RenderFamily(folder)
        for concept in concepts:
            image = reader.image(concept.code_point)
            if image is not None:
                yield Picture(concept, family, premultiplied_pixels(image))

    with ThreadPoolExecutor() as pool:
        return [
            picture for drawn in pool.map(lambda family: list(draw(family)), families) for picture in drawn
        ]


def _slug(label: str) -> str:
    """Return a label in the form of an Iconify icon name: "T-Rex" -> "t-rex"."""
    return re.sub(r"[^a-z0-9]+", "-", label.lower()).strip("-")
