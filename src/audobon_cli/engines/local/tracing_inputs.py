"""Model parts on the meta device, and the inputs that one call of each takes: shapes only, no storage."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch

from audobon_cli.domain.vram.trace import Precision

SD3_TEXT_TOKENS = 333
"""77 of CLIP and 256 of T5: the joint sequence of Stable Diffusion 3."""
FLUX_TEXT_TOKENS = 512
LATENT_SCALE = 8
"""Pixels a side of one latent, unless a part says otherwise."""


_TEXT_SETTINGS = {"T5": "T5Config", "CLIP": "CLIPTextConfig", "Bert": "BertConfig"}


@dataclass(frozen=True, slots=True)
class PartSpec:
    """A model part: its class (``library.Class``), configuration, kind of inputs, unit in pixels, tokens of
    text, pixels a side of one latent."""

    class_name: str
    config: Mapping[str, Any]
    inputs: str
    unit: int = 1
    tokens: int = 0
    scale: int = LATENT_SCALE


def build_part(spec: PartSpec, precision: Precision) -> torch.nn.Module:
    """The part on the meta device, as a pipeline loads it in ``precision``. Takes up to seconds, no memory."""
    library, name = spec.class_name.split(".")
    with torch.device("meta"):
        if library == "transformers":
            import transformers

            text_class = getattr(transformers, name)
            known = next((value for key, value in _TEXT_SETTINGS.items() if name.startswith(key)), None)
            settings = getattr(transformers, known) if known else text_class.config_class
            module = text_class(settings(**spec.config))
        else:
            import diffusers

            module = getattr(diffusers, name)(**spec.config)
    module = module.to(getattr(torch, precision.value)).eval().requires_grad_(False)
    if precision is Precision.FLOAT16:
        for part_name, part in module.named_modules():
            if keeps_float32(module, part_name):
                part.to(torch.float32)
    return module  # type: ignore[no-any-return]


def keeps_float32(module: torch.nn.Module, name: str) -> bool:
    """Whether loading ``module`` in float16 leaves its part ``name`` in float32.

    transformers: ``_keep_in_fp32_modules``, which T5 sets to ``wo``.
    """
    kept = getattr(module, "_keep_in_fp32_modules", None) or ()
    return any(word in kept for word in name.split("."))


def call_part(
    module: Any, spec: PartSpec, precision: Precision, batch: int, sides: tuple[int, int]
) -> object:
    """Call ``module`` as a pipeline does, for ``batch`` pictures of ``sides`` (height, width) pixels."""
    make = _Maker(getattr(torch, precision.value), batch, sides[0] // spec.scale, sides[1] // spec.scale)
    if spec.inputs == "latents":
        return module.decode(make(_latent_channels(spec), *make.sides))
    if spec.inputs == "video-latents":
        return module.decode(make(spec.config["z_dim"], 1, *make.sides))
    if spec.inputs == "video-pixels":
        return module.encode(make(3, 1, *sides))
    if spec.inputs == "text":
        return module(input_ids=torch.empty(batch, spec.tokens, dtype=torch.long, device="meta"))
    return module(**_denoiser_inputs(spec, make))


@dataclass(frozen=True, slots=True)
class _Maker:
    """Empty tensors of one precision with the batch in front; sides are those of the latents."""

    dtype: torch.dtype
    batch: int
    height: int
    width: int

    @property
    def sides(self) -> tuple[int, int]:
        return self.height, self.width

    def __call__(self, *shape: int) -> torch.Tensor:
        return self.bare(self.batch, *shape)

    def bare(self, *shape: int) -> torch.Tensor:
        return torch.empty(*shape, dtype=self.dtype, device="meta")


def _latent_channels(spec: PartSpec) -> int:
    return int(spec.config["latent_channels"])


def _denoiser_inputs(spec: PartSpec, make: _Maker) -> dict[str, Any]:
    config = spec.config
    if spec.inputs == "unet":
        channels = int(config.get("in_channels", 4))
        inputs: dict[str, Any] = {
            "sample": make(channels, *make.sides),
            "timestep": make(),
            "encoder_hidden_states": make(spec.tokens or 77, int(config["cross_attention_dim"])),
        }
        if config.get("addition_embed_type") == "text_time":
            # Stable Diffusion XL: the pooled embedding of bigG and six numbers of size and cropping.
            pooled = int(config["projection_class_embeddings_input_dim"]) - 6 * int(
                config["addition_time_embed_dim"]
            )
            inputs["added_cond_kwargs"] = {"text_embeds": make(pooled), "time_ids": make(6)}
        return inputs
    if spec.inputs == "sd3":
        return {
            "hidden_states": make(int(config["in_channels"]), *make.sides),
            "encoder_hidden_states": make(SD3_TEXT_TOKENS, int(config["joint_attention_dim"])),
            "pooled_projections": make(int(config["pooled_projection_dim"])),
            "timestep": make(),
        }
    tokens = (make.height // 2) * (make.width // 2)
    return {
        "hidden_states": make(tokens, int(config["in_channels"])),
        "encoder_hidden_states": make(FLUX_TEXT_TOKENS, int(config["joint_attention_dim"])),
        "pooled_projections": make(int(config["pooled_projection_dim"])),
        "img_ids": make.bare(tokens, 3),
        "txt_ids": make.bare(FLUX_TEXT_TOKENS, 3),
        "timestep": make(),
        "guidance": make() if config.get("guidance_embeds") else None,
    }
