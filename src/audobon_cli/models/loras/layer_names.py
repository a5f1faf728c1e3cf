"""What trainers put before a layer's name: which network of a pipeline it is in.

Names are compared with dots and underscores alike, since kohya-ss' scripts write one for the other.
"""

from collections.abc import Iterable, Mapping

DENOISER = "denoiser"

PREFIXES: tuple[tuple[str, str], ...] = (
    ("lora_unet__", DENOISER),
    ("lora_unet_", DENOISER),
    ("lora_transformer_", DENOISER),
    ("lycoris_", DENOISER),
    ("lora_te1_", "text_encoder"),
    ("lora_te2_", "text_encoder_2"),
    ("lora_te3_", "text_encoder_3"),
    ("lora_te_", "text_encoder"),
    ("_orig_mod.", ""),
    ("module.", ""),
    ("base_model.model.", ""),
    ("pipe.dit.", DENOISER),
    ("model.diffusion_model.", DENOISER),
    ("diffusion_model.", DENOISER),
    ("transformer.", DENOISER),
    ("unet.", DENOISER),
    ("text_encoder.", "text_encoder"),
    ("text_encoder_2.", "text_encoder_2"),
    ("text_encoder_3.", "text_encoder_3"),
    ("text_encoders.", ""),
    ("clip_l.", "clip_l"),
    ("clip_g.", "clip_g"),
    ("t5xxl.", "t5"),
    ("t5.", "t5"),
)
"""Written by kohya-ss' sd-scripts and musubi-tuner (``lora_unet_``, ``lora_te``), OneTrainer (``lora_transformer_``;
``unet.``, ``clip_l.``, ``t5.`` as the Open Model Initiative spells them), LyCORIS and SimpleTuner (``lycoris_``), PEFT
(``base_model.model.``), torch where a network was compiled or shared out (``_orig_mod.``, ``module.``),
DiffSynth-Studio (``pipe.dit.``), ai-toolkit and ComfyUI (``diffusion_model.``, ``text_encoders.``) and diffusers
(components' names). Several may stand one before the other."""

INNER_PREFIXES = ("transformer_", "text_model_", "language_model_", "model_")
"""Wrappers inside text encoders, which versions of transformers and of trainers write or leave out."""


def flat(name: str) -> str:
    """``name`` with underscores for dots."""
    return name.replace(".", "_")


def split_prefix(layer: str) -> tuple[str, str]:
    """The network that the file's name ``layer`` begins with ("" where it does not say), and the flat name inside."""
    network = ""
    stripped = True
    while stripped:
        stripped = False
        for prefix, meaning in PREFIXES:
            if layer.startswith(prefix):
                layer, network, stripped = layer[len(prefix) :], network or meaning, True
                break
    return network, flat(layer)


def inner_name(name: str) -> str:
    """A layer of a text encoder by its flat name without wrappers."""
    stripped = True
    while stripped:
        stripped = False
        for prefix in INNER_PREFIXES:
            if name.startswith(prefix):
                name, stripped = name[len(prefix) :], True
    return name


def encoders_meant(network: str, encoders: Mapping[str, str]) -> Iterable[str]:
    """Which of a pipeline's text encoders (component: class name, in order) ``network`` of a prefix may stand for,
    the likeliest first.

    Trainers count encoders differently: T5 is the third for kohya-ss also in FLUX, where the pipeline has two.
    """
    t5 = [name for name, class_name in encoders.items() if "T5" in class_name]
    clip = [name for name in encoders if name not in t5]
    if network in ("t5", "text_encoder_3"):
        return [*t5, *(name for name in encoders if name == network)]
    if network == "clip_l":
        return clip[:1]
    if network == "clip_g":
        return clip[-1:]
    if network:
        return [name for name in encoders if name == network] or (
            list(encoders) if len(encoders) == 1 else []
        )
    return list(encoders)
