"""JSON under ``parameters`` (or alone in a comment, or taken apart into texts) of a program that is not known here.

The names that all such objects share are read, in any spelling. What is JSON is never taken for a prompt.
"""

import re
from typing import Any

from audobon_cli.media.image.foreign.reader import PARAMETERS, Texts, json_object, seed_of, text_of
from audobon_cli.media.types import Foreign

_PROMPT = ("prompt", "positiveprompt", "positive", "text", "caption", "description")
_NEGATIVE = ("negativeprompt", "negative", "uc", "negprompt", "promptneg")
_MODEL = (
    "model",
    "modelname",
    "basemodel",
    "basemodelname",
    "checkpoint",
    "ckptname",
    "sdmodelname",
    "ckpt",
    "usestablediffusionmodel",
    "stablediffusionmodel",
)
_NAMES = ("name", "modelFileName", "model_name", "label")
_SEED = ("seed", "noiseseed")
_SETTINGS = frozenset(
    {
        "steps",
        "numinferencesteps",
        "cfg",
        "cfgscale",
        "guidance",
        "guidancescale",
        "sampler",
        "samplername",
        "scheduler",
        "width",
        "height",
    }
)
_NESTED = ("parameters", "params", "metadata", "image", "generation", "settings", "meta")
_NO_LETTER = re.compile(r"[^a-z0-9]")


def read_json_parameters(texts: Texts) -> Foreign | None:
    """See ForeignReader."""
    for keyword in (PARAMETERS, "comment", "Comment", "Description", "metadata", "generation_data"):
        data = json_object(texts.get(keyword))
        found = _read(data) if data is not None else None
        if found is not None:
            return found
    for keyword, text in texts.items():
        # Under a name of its own (NMKD's GUI): what has a seed besides its words is about a picture.
        if keyword not in ("prompt", "workflow") and (data := json_object(text)) is not None:
            found = _read(data)
            if found is not None and found.seed is not None:
                return found
    return _read(dict(texts)) if not texts.get("prompt", "{").lstrip().startswith(("{", "[")) else None


def _read(data: dict[str, Any]) -> Foreign | None:
    """What one object says, else one inside of it under a usual name."""
    named = {_NO_LETTER.sub("", str(key).lower()): value for key, value in data.items()}
    prompt = _first(named, _PROMPT)
    if not prompt or json_object(prompt) is not None:
        inner = (named.get(name) for name in _NESTED)
        return next((found for one in inner if isinstance(one, dict) and (found := _read(one))), None)
    model = _first(named, _MODEL)
    for chosen in (named.get(name) for name in _MODEL):
        if not model and isinstance(chosen, dict):
            model = _first(chosen, _NAMES)
    seed = next((one for name in _SEED if (one := seed_of(named.get(name))) is not None), None)
    details: dict[str, Any] = {
        key: value
        for key, value in data.items()
        if _NO_LETTER.sub("", key.lower()) in _SETTINGS and isinstance(value, str | int | float)
    }
    details |= {"source": "json", "negative": _first(named, _NEGATIVE).strip()}
    return Foreign(prompt, model, seed, details=details)


def _first(named: dict[str, Any], names: tuple[str, ...]) -> str:
    return next((found for name in names if (found := text_of(named.get(name)))), "")
