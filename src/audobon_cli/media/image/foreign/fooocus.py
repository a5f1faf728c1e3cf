"""Fooocus (modules/meta_parser.py of lllyasviel/Fooocus): a flat JSON object under ``parameters``, or in Exif's
UserComment, with ``fooocus_scheme`` beside it; or A1111's text, which that reader takes."""

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

_KEYS = (
    "steps",
    "guidance_scale",
    "sampler",
    "scheduler",
    "performance",
    "sharpness",
    "resolution",
    "version",
)
_OLD = {
    # Versions before 2.2 named the entries as their log shows them.
    "Prompt": "prompt",
    "Negative Prompt": "negative_prompt",
    "Seed": "seed",
    "Base Model": "base_model",
    "Sampler": "sampler",
    "Scheduler": "scheduler",
    "Guidance Scale": "guidance_scale",
    "Sharpness": "sharpness",
    "Performance": "performance",
    "Resolution": "resolution",
    "Version": "version",
}


def read_fooocus(texts: Texts) -> Foreign | None:
    """See ForeignReader."""
    for keyword in (PARAMETERS, "Comment"):
        data = json_object(texts.get(keyword))
        if data is not None and _is_fooocus(data, texts):
            named = {_OLD.get(key, key): value for key, value in data.items()}
            prompt = text_of(named.get("prompt")) or text_of(named.get("full_prompt"))
            negative = text_of(named.get("negative_prompt")) or text_of(named.get("full_negative_prompt"))
            model = text_of(named.get("base_model")) or text_of(named.get("base_model_name"))
            details = details_of("fooocus", negative, named, _KEYS)
            return Foreign(prompt, model, seed_of(named.get("seed")), details=details)
    return None


def _is_fooocus(data: dict[str, Any], texts: Texts) -> bool:
    said = (
        texts.get("fooocus_scheme"),
        data.get("metadata_scheme"),
        data.get("version"),
        data.get("Version"),
    )
    return any(isinstance(one, str) and one.lower().startswith("fooocus") for one in said)
