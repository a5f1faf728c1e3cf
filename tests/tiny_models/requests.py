"""Descriptions of the models here, and requests for them."""

from pathlib import Path
from typing import Any

from audobon_cli.domain.model import AlphaMode, Calling, Model, SizeRule
from audobon_cli.domain.output.image import ImageOutput
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.domain.units import Size


def sprite_model(folder: Path, name: str = "tiny-sprite") -> Model:
    """The description that goes with ``build_sprite_model``."""
    rule = SizeRule(native=Size(64, 64), scales=True)
    return Model(
        name,
        "sprite",
        "StableDiffusionPipeline",
        folder,
        "none",
        rule,
        AlphaMode.PREMULTIPLIED,
        calling=Calling(),
    )


def opaque_model(folder: Path, pipeline: str, name: str = "tiny-opaque") -> Model:
    """The description that goes with the RGB models here."""
    return Model(name, "default", pipeline, folder, "none", SizeRule(native=Size(64, 64)), calling=Calling())


def resolved_request(model: Model, **changes: Any) -> ResolvedRequest:
    """A request for one small picture in three steps; ``changes`` replace fields."""
    fields: dict[str, Any] = {
        "prompt": "cute dragon",
        "negative": "",
        "resolved_prompt": "cute dragon",
        "resolved_negative": "",
        "model": model,
        "quality": "draft",
        "style": "",
        "steps": 3,
        "guidance": 4.0,
        "seed": 7,
        "count": 1,
    }
    image = {
        name: changes.pop(name) for name in ("size", "render_size", "upscale", "grid") if name in changes
    }
    output = ImageOutput(**{"size": Size(64, 64), "render_size": Size(64, 64), **image})
    return ResolvedRequest(**{**fields, "output": output, **changes})
