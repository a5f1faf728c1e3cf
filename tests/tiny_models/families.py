"""One tiny pipeline for each model family, by the family's name: what the capability table is measured on."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest

from tests.tiny_models import several_stages as stages
from tests.tiny_models import sounds
from tests.tiny_models import transformers_of_language_models as languages
from tests.tiny_models import transformers_of_t5 as t5
from tests.tiny_models.session import session_folder
from tests.tiny_models.stable_diffusion import clip_folder, sdxl_folder, sprite_folder


@dataclass(frozen=True, slots=True)
class TinyFamily:
    """``folder`` builds the pipeline on its first call in a session; ``side`` is a size that it draws
    quickly, ``step`` the least by which a side may grow, in pixels."""

    folder: Callable[[], Path]
    side: int = 64
    step: int = 64


def _built(name: str, build: Callable[[Path], Path]) -> TinyFamily:
    return TinyFamily(cache(lambda: build(session_folder() / f"family-{name}")))


_BUILDERS: dict[str, Callable[[Path], Path]] = {
    "auraflow": t5.build_auraflow,
    "chroma": t5.build_chroma,
    "cogview4": languages.build_cogview4,
    "flux": t5.build_flux,
    "flux-schnell": partial(t5.build_flux, guidance_embeds=False),
    "flux2": languages.build_flux2,
    "flux2-klein": languages.build_flux2_klein,
    "flux2-klein-base": partial(languages.build_flux2_klein, distilled=False),
    "hunyuan-dit": t5.build_hunyuan_dit,
    "kandinsky22": stages.build_kandinsky22,
    "kandinsky3": stages.build_kandinsky3,
    "latent-consistency": stages.build_latent_consistency,
    "lumina2": languages.build_lumina2,
    "pixart": t5.build_pixart,
    "qwen-image": languages.build_qwen_image,
    "sana": languages.build_sana,
    "sana-sprint": partial(languages.build_sana, sprint=True),
    "sd3": t5.build_sd3,
    "unknown": stages.build_of_no_family,
    "z-image": languages.build_z_image,
}

TINY_FAMILIES: dict[str, TinyFamily] = {
    "sd15": TinyFamily(clip_folder),
    "sdxl": TinyFamily(sdxl_folder),
    "sprite": TinyFamily(sprite_folder),
} | {name: _built(name, build) for name, build in _BUILDERS.items()}

TINY_SOUNDS: dict[str, TinyFamily] = {
    name: _built(name, build)
    for name, build in {
        "audioldm": sounds.build_audioldm,
        "audioldm2": sounds.build_audioldm2,
        "longcat-audio": sounds.build_longcat,
        "musicgen": sounds.build_musicgen,
        "stable-audio": sounds.build_stable_audio,
        "stable-audio3": sounds.build_stable_audio3,
    }.items()
}
"""The families that make sounds."""

ALL_FAMILIES = TINY_FAMILIES | TINY_SOUNDS

OFTEN = frozenset({"sd15", "sdxl", "sprite", "flux", "sd3", "audioldm2", "musicgen"})
"""Families of which one honours each option that any honours."""


def each_family(families: Iterable[str]) -> list[Any]:
    """Parameters for a test of each of ``families``: those that are not in OFTEN are long trials."""
    return [name if name in OFTEN else pytest.param(name, marks=pytest.mark.slow) for name in families]
