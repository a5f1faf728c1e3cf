"""InvokeAI: ``invokeai_metadata`` (from 3 on), ``sd-metadata`` (2) and ``Dream``, a command line (1)."""

import re
from typing import Any

from audobon_cli.media.image.foreign.reader import Texts, details_of, json_object, seed_of, text_of
from audobon_cli.media.types import Foreign

_KEYS = ("steps", "cfg_scale", "scheduler", "sampler", "width", "height")
_BRACKETED = re.compile(r"\[([^\[\]]*)\]")
"""Versions 1 and 2 wrote what should not be in a picture into its prompt, in brackets."""
_DREAM = re.compile(r'\s*"((?:\\.|[^"\\])*)"(.*)', re.DOTALL)
_FLAG = re.compile(r"\s-([sSCA])\s*(\S+)")
_FLAGS = {"s": "steps", "S": "seed", "C": "cfg_scale", "A": "sampler"}


def read_invokeai(texts: Texts) -> Foreign | None:
    """See ForeignReader."""
    data = json_object(texts.get("invokeai_metadata"))
    if data is not None:
        prompt, negative = text_of(data.get("positive_prompt")), data.get("negative_prompt")
        return _found(prompt, negative, _model(data.get("model")), data)
    old = json_object(texts.get("sd-metadata"))
    if old is not None:
        image = old["image"]
        prompts = image["prompt"]
        prompt = prompts if isinstance(prompts, str) else "\n".join(text_of(one["prompt"]) for one in prompts)
        return _found(*_parted(prompt), text_of(old.get("model_weights")), image)
    return _dream(texts.get("Dream", ""))


def _found(prompt: str, negative: Any, model: str, data: dict[str, Any]) -> Foreign:
    details = details_of("invokeai", negative, data, _KEYS)
    return Foreign(prompt, model, seed_of(data.get("seed")), details=details)


def _model(model: Any) -> str:
    if isinstance(model, dict):
        return text_of(model.get("name")) or text_of(model.get("model_name")) or text_of(model.get("key"))
    return text_of(model)


def _parted(prompt: str) -> tuple[str, str]:
    """The words of ``prompt``, and those in brackets."""
    negative = ", ".join(one.strip() for one in _BRACKETED.findall(prompt))
    return " ".join(_BRACKETED.sub("", prompt).split(" ")).strip(), negative


def _dream(command: str) -> Foreign | None:
    found = _DREAM.match(command)
    if found is None:
        return None
    settings = {_FLAGS[flag]: value for flag, value in _FLAG.findall(found[2])}
    return _found(*_parted(found[1].replace('\\"', '"')), "", settings)
