"""The scale that PEFT's configuration gives to a LoRA's layers, which its tensors do not hold.

PEFT writes it beside the weights (``adapter_config.json``); diffusers' training scripts write it into the file's
metadata, with the component's name before each key.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.errors import AdapterUnfit
from audobon_cli.domain.foreign.documents import parse_json, read_bounded
from audobon_cli.domain.foreign.text import decode_file

METADATA_KEY = "lora_adapter_metadata"
"""Diffusers' (LORA_ADAPTER_METADATA_KEY in diffusers/loaders/lora_base.py)."""

CONFIG_FILE = "adapter_config.json"
PEFT_WEIGHTS = "adapter_model.safetensors"
"""PEFT's names for the two files of an adapter."""

COMPONENTS = ("transformer", "unet", "text_encoder", "text_encoder_2", "text_encoder_3")
TYPES = ("LORA", "LOHA", "LOKR")
CHANGES_BASE = ("pissa", "olora", "corda", "loftq")
"""Ways to begin, whose adapters belong to weights that were changed when training began."""

MAX_NUMBER = 1e9
"""Above any alpha or rank."""

PLAIN_NAME = re.compile(r"\^?[\w.-]+")
"""A pattern that is the name of a layer, or the end of one. PEFT takes regular expressions as well."""


@dataclass(frozen=True, slots=True)
class PeftScale:
    """``alpha`` and ``rank`` for all layers, and for those that patterns name; ``root``: divide by the root of the
    rank (rsLoRA)."""

    alpha: float
    rank: float
    alphas: Mapping[str, float] = field(default_factory=dict)
    ranks: Mapping[str, float] = field(default_factory=dict)
    root: bool = False

    def of(self, layer: str) -> float:
        """By what the change of the network's ``layer`` is multiplied."""
        alpha, rank = _matching(self.alphas, layer, self.alpha), _matching(self.ranks, layer, self.rank)
        return alpha / (math.sqrt(rank) if self.root else rank)


def peft_scales(metadata: Mapping[str, str], weights: Path) -> dict[str, PeftScale]:
    """By component ("" where it does not say) the scales for the file ``weights`` with this metadata; empty where
    none are noted. Raises AdapterUnfit for configurations that cannot be followed."""
    noted = metadata.get(METADATA_KEY)
    if noted is not None:
        config = _parse(noted, weights)
        inside = {name: _beginning(config, f"{name}.") for name in COMPONENTS}
        scales = {name: _scale(part, weights) for name, part in inside.items() if part}
        # A network that saves its adapter by itself writes no component.
        return scales or {"": _scale(config, weights)}
    beside = config_beside(weights)
    if beside is None:
        return {}
    try:
        text = decode_file(read_bounded(beside))
    except (OSError, ValueError) as error:
        raise _unfit(weights, f"its {CONFIG_FILE} cannot be read") from error
    return {"": _scale(_parse(text, weights), weights)}


def config_beside(weights: Path) -> Path | None:
    """The configuration that PEFT wrote beside ``weights``; None where the two do not go together."""
    path = weights.parent / CONFIG_FILE
    return path if weights.name == PEFT_WEIGHTS and path.is_file() else None


def _beginning(config: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    return {key.removeprefix(prefix): value for key, value in config.items() if key.startswith(prefix)}


def _parse(text: str, weights: Path) -> dict[str, Any]:
    try:
        config = parse_json(text, lenient=True)
    except ValueError as error:
        raise _unfit(weights, "its configuration is not valid JSON") from error
    if not isinstance(config, dict):
        raise _unfit(weights, "its configuration is not a JSON object")
    return config


def _scale(config: Mapping[str, Any], weights: Path) -> PeftScale:
    kind = config.get("peft_type", "LORA")
    if kind not in TYPES:
        raise _unfit(weights, f"it is of PEFT's kind {kind}, which is not computed here")
    begin = str(config.get("init_lora_weights", "")).lower()
    if begin.startswith(CHANGES_BASE):
        raise _unfit(weights, f"it was begun with {begin}, and belongs to weights that were changed for it")
    alpha = config.get("lora_alpha", config.get("alpha"))
    rank = config.get("r")
    alphas, ranks = config.get("alpha_pattern") or {}, config.get("rank_pattern") or {}
    if not (isinstance(alphas, dict) and isinstance(ranks, dict)):
        raise _unfit(weights, "its alphas or ranks are no table")
    numbers = (alpha, rank, *alphas.values(), *ranks.values())
    if not all(isinstance(number, int | float) and abs(number) < MAX_NUMBER for number in numbers):
        raise _unfit(weights, "its alpha or its rank is no number")
    assert alpha is not None
    assert rank is not None
    if min(rank, *ranks.values(), rank) <= 0:
        raise _unfit(weights, "its rank is not above 0")
    if not all(PLAIN_NAME.fullmatch(key) for key in (*alphas, *ranks)):
        raise _unfit(weights, "its alphas are given for patterns of names, which are not read here")
    return PeftScale(float(alpha), float(rank), alphas, ranks, config.get("use_rslora") is True)


def _matching(values: Mapping[str, float], layer: str, default: float) -> float:
    """The value of the first name that is ``layer`` or its end, as PEFT chooses (get_pattern_key)."""
    for key, value in values.items():
        name = key.removeprefix("^")
        if layer == name or (not key.startswith("^") and layer.endswith(f".{name}")):
            return value
    return default


def _unfit(weights: Path, fact: str) -> AdapterUnfit:
    return AdapterUnfit(
        f"The LoRA {weights} cannot be followed: {fact}.",
        hint="have its trainer write a plain LoRA, or choose another",
        path=str(weights),
    )
