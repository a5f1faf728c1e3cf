"""Pipelines of full size with random weights, from presets/vram/components.toml alone: no download."""

from typing import Any

import torch

from audobon_cli.domain.strategy import Precision
from audobon_cli.presets.catalog import shipped_presets
from audobon_cli.vram.shipped import ForecastData
from audobon_cli.vram.tracing.inputs import PartSpec, build_part

DATA = ForecastData(shipped_presets())
WEIGHT = 0.01
SMALL: dict[str, dict[str, Any]] = {
    "unet": {"block_out_channels": 32, "norm_num_groups": 8},
    "latents": {"block_out_channels": 32, "norm_num_groups": 8},
    "text": {"num_hidden_layers": 2},
}
"""What a dry run changes, so that a processor gets through."""


class Tokens:
    """In place of a tokenizer: as many tokens as the encoder takes, all the same."""

    def __init__(self, length: int) -> None:
        self.model_max_length = length
        self.added_tokens_encoder: dict[str, int] = {}

    def __call__(self, text: Any, max_length: int | None = None, **_: Any) -> Any:
        count = 1 if isinstance(text, str) else len(text)
        ids = torch.ones(count, max_length or self.model_max_length, dtype=torch.long)

        class Encoded(dict[str, Any]):
            input_ids = ids
            attention_mask = torch.ones_like(ids)

        return Encoded(input_ids=ids, attention_mask=torch.ones_like(ids))

    def batch_decode(self, ids: Any) -> list[str]:
        """Nothing is ever cut off."""
        return [""]

    def tokenize(self, text: str) -> list[str]:
        """No words of its own."""
        return []


def part(name: str, precision: Precision, small: bool) -> Any:
    """The part ``name`` on the processor, every weight WEIGHT."""
    table = DATA.components[name]
    config = dict(table["config"])
    if small:
        for key, value in SMALL[table["inputs"]].items():
            old = config.get(key)
            config[key] = [value] * len(old) if isinstance(old, list) else value
        if "transformer_layers_per_block" in config:
            config["transformer_layers_per_block"] = [1] * len(config["block_out_channels"])
            config["attention_head_dim"] = [4] * len(config["block_out_channels"])
    spec = PartSpec(table["class"], config, table["inputs"], table.get("unit", 1), table.get("tokens", 0))
    module = build_part(spec, precision).to_empty(device="cpu")
    for weight in module.parameters():
        weight.fill_(WEIGHT)
    for buffer_name, buffer in module.named_buffers():
        if "position_ids" in buffer_name:
            buffer.copy_(torch.arange(buffer.numel()).view_as(buffer))
        else:
            buffer.zero_()
    return module


@torch.no_grad()
def pipeline(model: str, precision: Precision, small: bool = False) -> Any:
    """The whole pipeline on the processor."""
    import diffusers

    known = DATA.models[model].model
    encoders = [part(name, precision, small) for name in known.encoders]
    tokens = [Tokens(DATA.components[name].get("tokens", 77)) for name in known.encoders]
    unet, vae = part(known.denoiser, precision, small), part(known.decoder, precision, small)
    scheduler = diffusers.EulerDiscreteScheduler()
    if len(encoders) == 2:
        made = diffusers.StableDiffusionXLPipeline(
            vae=vae,
            text_encoder=encoders[0],
            text_encoder_2=encoders[1],
            tokenizer=tokens[0],
            tokenizer_2=tokens[1],
            unet=unet,
            scheduler=scheduler,
            add_watermarker=False,
        )
    else:
        made = diffusers.StableDiffusionPipeline(
            vae=vae,
            text_encoder=encoders[0],
            tokenizer=tokens[0],
            unet=unet,
            scheduler=scheduler,
            safety_checker=None,
            feature_extractor=None,
            requires_safety_checker=False,
        )
    made.set_progress_bar_config(disable=True)
    return made
