"""Tiny pipelines with random weights, built here in a second each: real classes, real files, no download.

``text_encoders`` has the parts that read prompts; the other files build pipelines; ``families`` names one
for each family of presets/families; ``requests`` describes them to the engine.
"""

from tests.tiny_models.requests import opaque_model, resolved_request, sprite_model
from tests.tiny_models.stable_diffusion import (
    build_clip_model,
    build_sdxl_model,
    build_sprite_model,
    clip_folder,
    sdxl_folder,
    sprite_folder,
)
from tests.tiny_models.text_encoders import TOKENS

__all__ = [
    "TOKENS",
    "build_clip_model",
    "build_sdxl_model",
    "build_sprite_model",
    "clip_folder",
    "opaque_model",
    "resolved_request",
    "sdxl_folder",
    "sprite_folder",
    "sprite_model",
]
