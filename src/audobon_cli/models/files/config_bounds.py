"""Bounds of what configurations may say, so that no network or scheduler is built that no model has.

Networks are built layer by layer before their weights are looked at, and schedulers step by step: a number that is
none, or far too large, would end in the middle of a library, or never. The bounds are some times the largest of any
published model (40 layers in a text encoder, 60 blocks in a transformer, 1,000 time steps).
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from audobon_cli.dataclass import dataclass

MAX_LAYERS = 256
MAX_BLOCKS = 64
"""Entries of a list that has one for each block."""
MAX_UNET_LAYERS = 1_000
"""Blocks x layers in each x attention layers in each."""
MAX_WIDTH = 1 << 24
"""Of any side of a weight; vocabularies end at 300,000."""
MAX_SAMPLE = 8_192
"""Of the sides of pictures and of tables of places, which are computed before weights are read."""
MAX_PLACES = 1_024
"""A side of a table of places; Stable Diffusion 3.5 has 384."""
MAX_ALL_PLACES = 1 << 16
"""Of such a table where its class counts all places, not a side: AuraFlow has 9,216."""
COUNTS_ALL_PLACES = ("AuraFlowTransformer2DModel",)
MAX_TIMESTEPS = 10_000
MAX_ENTRIES = 100_000
"""Of any list: trained betas have one for each time step."""

Fault = str


@dataclass(frozen=True, slots=True)
class _Rule:
    """``keys`` are the names that it is for; ``fault`` says what is wrong with a value, "" for nothing."""

    keys: re.Pattern[str]
    fault: Callable[[object], Fault]


def _whole(low: int, high: int, several: int = 0) -> Callable[[object], Fault]:
    """A whole number of ``low`` to ``high``, or a list of up to ``several``, or none at all."""

    def fault(value: object) -> Fault:
        if isinstance(value, list) and several:
            if len(value) > several:
                return f"has {len(value)} entries, and {several} are the most"
            return next((found for one in value if (found := fault(one))), "")
        if value is None or (type(value) is int and low <= value <= high):
            return ""
        return f"is {_shown(value)}, and not a whole number of {low} to {high:,}"

    return fault


def _blocks(value: object) -> Fault:
    """A list with a width for each block."""
    if value is None or (isinstance(value, list) and value):
        return _whole(1, MAX_WIDTH, MAX_BLOCKS)(value)
    return f"is {_shown(value)}, and not a list of widths"


def _number(value: object) -> Fault:
    """Numbers, one or a list, or none at all."""
    if isinstance(value, list):
        return next((found for one in value if (found := _number(one))), "")
    finite = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return "" if value is None or finite else f"is {_shown(value)}, and not a number"


def _length(value: object) -> Fault:
    """How many tokens a tokenizer gives: some write 10^30 for no limit."""
    good = isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < math.inf
    return "" if value is None or good else f"is {_shown(value)}, and not a number above 0"


def _named(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?:{pattern})\Z")


NETWORK = (
    _Rule(
        _named(
            r"n(?:um)?_(?:\w+_)?(?:layers?|blocks|experts)|(?:\w+_)?layers_per_block|depth|num_res_blocks|repeat_count"
        ),
        _whole(0, MAX_LAYERS, MAX_BLOCKS),
    ),
    _Rule(_named(r"(?:\w+_)?block_out_channels|dim_mult"), _blocks),
    _Rule(_named(r"sample_size|image_size|base_size"), _whole(1, MAX_SAMPLE, 2)),
    _Rule(_named(r"pos_embed_max_size"), _whole(1, MAX_ALL_PLACES, 2)),
    _Rule(_named(r"axes_lens?"), _whole(1, 1 << 16, MAX_BLOCKS)),
    _Rule(_named(r"max_position_embeddings"), _whole(1, 1 << 20)),
    _Rule(
        _named(
            r"hidden_size|intermediate_size|d_model|d_ff|d_kv|in_channels|out_channels|latent_channels|z_dim|base_dim"
            r"|num_heads|head_dim|num_key_value_heads|norm_num_groups|vocab_size|joint_attention_dim"
            r"|caption_channels|cap_feat_dim|pooled_projection_dim|embedding_dim|num_embeddings"
        ),
        _whole(1, MAX_WIDTH),
    ),
    _Rule(
        _named(r"attention_head_dim|num_attention_heads|cross_attention_dim|patch_size|axes_dims?(?:_rope)?"),
        _whole(1, MAX_WIDTH, MAX_BLOCKS),
    ),
    _Rule(
        _named(r"(?!use_|is_)\w+_(?:dims?|size|channels|heads|groups|features)"),
        _whole(0, MAX_WIDTH, MAX_BLOCKS),
    ),
    _Rule(
        _named(r"scaling_factor|shift_factor|\w*_?eps(?:ilon)?|latents_(?:mean|std)|mlp_ratio|rope_theta"),
        _number,
    ),
)
"""Of a network's config.json."""

SCHEDULER = (
    _Rule(_named(r"num_train_timesteps|original_inference_steps"), _whole(1, MAX_TIMESTEPS)),
    _Rule(_named(r"solver_order"), _whole(1, 3)),
    _Rule(_named(r"steps_offset|\w+_image_seq_len"), _whole(0, MAX_WIDTH)),
    _Rule(
        _named(
            r"beta_start|beta_end|trained_betas|shift|flow_shift|\w+_shift|shift_terminal|sigma_(?!schedule)\w+|timestep_scaling"
            r"|dynamic_thresholding_ratio|sample_max_value|clip_sample_range"
        ),
        _number,
    ),
)
"""Of a scheduler_config.json."""

TOKENIZER = (_Rule(_named(r"model_max_length"), _length),)
"""Of a tokenizer_config.json."""

FILES: Mapping[str, tuple[_Rule, ...]] = {
    "config.json": NETWORK,
    "scheduler_config.json": SCHEDULER,
    "tokenizer_config.json": TOKENIZER,
}
"""By the name of the file."""


def config_fault(file: str, config: Mapping[str, Any]) -> Fault:
    """What in the configuration ``file``, by its name, no model can have; "" for nothing."""
    rules = FILES.get(file)
    if rules is None:
        return ""
    for key, value in _entries(config):
        if isinstance(value, list) and len(value) > MAX_ENTRIES:
            return f"says a {key} of {len(value)} entries"
        for rule in rules:
            if rule.keys.match(key):
                fault = rule.fault(value)
                if fault:
                    return f"says a {key} that {fault}"
                break
    return _sum_fault(config) if rules is NETWORK else ""


def _sum_fault(config: Mapping[str, Any]) -> Fault:
    """What is too much together, of numbers that are each within their bounds."""
    if _unet_layers(config) > MAX_UNET_LAYERS:
        return "says more layers than any network has"
    places = config.get("pos_embed_max_size")
    if config.get("_class_name") not in COUNTS_ALL_PLACES and _most(places) > MAX_PLACES:
        return f"says a pos_embed_max_size that is {_shown(places)}, and not a whole number of 1 to {MAX_PLACES:,}"
    return ""


def _entries(config: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The entries of a configuration and of those inside it."""
    waiting = [config]
    while waiting:
        for key, value in waiting.pop().items():
            if isinstance(value, dict):
                waiting.append(value)
            yield key, value


def _unet_layers(config: Mapping[str, Any]) -> int:
    """Blocks x layers in each x attention layers in each, of a network of blocks; each checked before."""
    blocks = config.get("block_out_channels")
    layers, attention = config.get("layers_per_block"), config.get("transformer_layers_per_block")
    return len(blocks) * _most(layers) * _most(attention) if isinstance(blocks, list) else 0


def _most(value: object) -> int:
    """The largest number in ``value``, at least 1."""
    if isinstance(value, list):
        return max((_most(one) for one in value), default=1)
    return max(value, 1) if isinstance(value, int) else 1


def _shown(value: object) -> str:
    """The value as a sentence can say it."""
    text = repr(value) if isinstance(value, str | bool | float | dict) else str(value)
    return text if len(text) <= 40 else f"{text[:30]}…"
