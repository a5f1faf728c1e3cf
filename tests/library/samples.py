"""Small stand-ins for pictures and what is known of them."""

from typing import Any

from audobon_cli.domain.asset import AssetKind
from audobon_cli.domain.media import ImageInfo
from audobon_cli.domain.recipe import Recipe
from audobon_cli.library.add import AssetDraft


def picture(number: int, size: int = 64) -> bytes:
    """Bytes that begin like a PNG and differ for every ``number``."""
    return b"\x89PNG\r\n\x1a\n" + number.to_bytes(8, "big") * max(1, (size - 8) // 8)


def draft(name: str = "dragon", **other: Any) -> AssetDraft:
    image = {one: other.pop(one) for one in ("width", "height", "mode", "frames") if one in other}
    media = ImageInfo(**{"width": 8, "height": 8, "mode": "RGBA", **image})
    return AssetDraft(**{"name": name, "kind": AssetKind.SPRITE, "media": media, **other})


def recipe(seed: int = 1, **other: Any) -> Recipe:
    values: dict[str, Any] = {
        "prompt": "dragon", "negative": "", "resolved_prompt": "a dragon", "resolved_negative": "",
        "engine": "local", "model": "builtin", "model_family": "sprite", "model_digest": "0" * 64,
        "quality": "draft", "style": "", "width": 8, "height": 8, "render_width": 8, "render_height": 8,
        "steps": 4, "guidance": 3.0, "seed": seed, "scheduler": "DDIMScheduler", "device": "cpu",
        "dtype": "float32", "operations": ("alpha",), "libraries": {"torch": "2.9"},
    }  # fmt: skip
    return Recipe(**{**values, **other})
