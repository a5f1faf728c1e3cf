"""Model parts on the meta device, and the inputs that one call of each takes: shapes only, no storage."""

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch

from audobon_cli.domain.strategy import Precision
from audobon_cli.vram.tracing.calls import CALLS, Maker, generation_states

LATENT_SCALE = 8
"""Pixels a side of one latent, unless a part says otherwise."""


_TEXT_SETTINGS = {
    "T5Gemma": "T5GemmaConfig",
    "T5": "T5Config",
    "CLIP": "CLIPTextConfig",
    "Bert": "BertConfig",
}


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

            # ``audioldm2`` and the like are modules of pipelines, with networks of their own.
            place = diffusers if library == "diffusers" else getattr(diffusers.pipelines, library)
            module = getattr(place, name)(**spec.config)
    if name.startswith("Encodec"):
        _know_strides(module)
    # Past the override of diffusers, which warns of what is kept in float32: that comes below.
    module = torch.nn.Module.to(module, getattr(torch, precision.value)).eval().requires_grad_(False)
    if precision is Precision.FLOAT16:
        for part_name, part in module.named_modules():
            if keeps_float32(module, part_name):
                part.to(torch.float32)
    return module  # type: ignore[no-any-return]


def _know_strides(module: torch.nn.Module) -> None:
    """Encodec's convolutions keep their steps in tensors and look at the values to pad: give them those."""
    for part in module.modules():
        if type(part).__name__ == "EncodecConv1d":
            inner: Any = part.conv
            reach, step = (inner.kernel_size[0] - 1) * inner.dilation[0] + 1, inner.stride[0]
            for name, value in (("stride", step), ("kernel_size", reach), ("padding_total", reach - step)):
                part.register_buffer(name, torch.tensor(value), persistent=False)


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
    places = (sides[0] // spec.scale, sides[1] // spec.scale)
    make = Maker(getattr(torch, precision.value), batch, *places, spec.tokens)
    if spec.inputs in TEXTS:
        return _read_text(module, spec, make)
    if spec.inputs == "musicgen":
        return _take_last_step(module, spec, make)
    match spec.inputs:
        case "latents":
            return module.decode(make(_latent_channels(spec), *make.sides))
        case "vq-latents":
            return module.decode(make(_latent_channels(spec), *make.sides), force_not_quantize=True)
        case "video-latents":
            return module.decode(make(spec.config["z_dim"], 1, *make.sides))
        case "sound-latents":
            return module.decode(make(_latent_channels(spec), make.height))
        case "codes":
            return module.decode(make.whole(spec.tokens, make.height)[None], [None])
        case "spectrogram":
            return module(make(make.height, int(spec.config["model_in_dim"])))
        case "video-pixels":
            return module.encode(make(3, 1, *sides))
    return module(**CALLS[spec.inputs](spec.config, make))


def _take_last_step(module: Any, spec: PartSpec, make: Maker) -> object:
    """Call MusicGen's language model; what outlasts it is what a generation keeps."""
    kept, call = generation_states(spec.config, make), CALLS[spec.inputs](spec.config, make)
    # Before transformers 5.24 ``cache`` was called past_key_values.
    if "cache" not in inspect.signature(module.forward).parameters:
        call["past_key_values"] = call.pop("cache")
    module(**call)
    return kept


TEXTS = ("text", "masked-text", "two-masks", "language")
"""Kinds of inputs that are texts."""


def _read_text(module: Any, spec: PartSpec, make: Maker) -> object:
    """Call a text encoder. Masks are given whole: making one would look at values."""
    words = make.whole(spec.tokens)
    if spec.inputs == "text":
        return module(input_ids=words)
    mask = make(1, spec.tokens, spec.tokens)
    if spec.inputs == "masked-text":
        return module(input_ids=words, attention_mask=mask)
    if spec.inputs == "two-masks":
        both = {"full_attention": mask, "sliding_attention": mask}
        return module(input_ids=words, attention_mask=both)
    # Pipelines take one or several of its layers' states; with the last alone it would need less.
    return module(input_ids=words, attention_mask=mask, output_hidden_states=True, use_cache=False)


def _latent_channels(spec: PartSpec) -> int:
    keys = ("latent_channels", "decoder_input_channels", "latent_dim")
    return int(next(spec.config[key] for key in keys if key in spec.config))
