"""One tiny pipeline for each model family, by the family's name: what the capability table is measured on."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.tiny_models.stable_diffusion import clip_folder, sdxl_folder, sprite_folder


@dataclass(frozen=True, slots=True)
class TinyFamily:
    """``folder`` builds the pipeline on its first call in a session; ``side`` is a size that it draws
    quickly, ``step`` the least by which a side may grow, in pixels."""

    folder: Callable[[], Path]
    side: int = 64
    step: int = 64


TINY_FAMILIES: dict[str, TinyFamily] = {
    "sd15": TinyFamily(clip_folder),
    "sdxl": TinyFamily(sdxl_folder),
    "sprite": TinyFamily(sprite_folder),
}
