"""NovelAI: the prompt as ``Description``, the settings as JSON in ``Comment``, the model in ``Source``; its
WebP has all of them as JSON in Exif's UserComment."""

import re
from typing import Any

from audobon_cli.media.image.foreign.reader import (
    PARAMETERS,
    Texts,
    details_of,
    json_object,
    seed_of,
    text_of,
)
from audobon_cli.media.types import Foreign

_KEYS = ("steps", "scale", "sampler", "noise_schedule", "width", "height")
_DIGEST = re.compile(r"\s+[0-9A-F]{8}$")
"""What ``Source`` ends with: a mark of the weights."""


def read_novelai(texts: Texts) -> Foreign | None:
    """See ForeignReader."""
    outer = json_object(texts.get(PARAMETERS)) or {}
    fields = {key: text_of(value) for key, value in outer.items()} if "Comment" in outer else dict(texts)
    title, software, source = (fields.get(key, "") for key in ("Title", "Software", "Source"))
    if software != "NovelAI" and "NovelAI" not in source and title != "AI generated image":
        return None
    settings = json_object(fields.get("Comment")) or {}
    prompt = _whole(fields.get("Description") or text_of(settings.get("prompt")), settings.get("v4_prompt"))
    negative = _whole(text_of(settings.get("uc")), settings.get("v4_negative_prompt"))
    model = _DIGEST.sub("", source.strip())
    details = details_of("novelai", negative, settings, _KEYS)
    return Foreign(prompt, model, seed_of(settings.get("seed")), details=details)


def _whole(scene: str, prompt: Any) -> str:
    """``scene`` and the words of each character, which a prompt of version 4 has besides the scene's."""
    caption = prompt.get("caption") if isinstance(prompt, dict) else None
    if not isinstance(caption, dict):
        return scene
    characters = caption.get("char_captions")
    own = [one.get("char_caption") for one in characters if isinstance(one, dict)] if characters else []
    words = [scene or text_of(caption.get("base_caption")), *map(text_of, own)]
    return "\n".join(text for text in words if text)
