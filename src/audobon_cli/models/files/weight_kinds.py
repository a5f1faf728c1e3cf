"""What a file of weights is and what it belongs to, told from the names and shapes in its header alone.

Names follow the tools that write such files: kohya-ss (``lora_unet_…``), diffusers and PEFT (``unet.…``,
``transformer.…``), AUTOMATIC1111 (``emb_params``), ControlNet's and IP-Adapter's authors.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum

from audobon_cli.dataclass import dataclass
from audobon_cli.models.files.safetensors_header import SafetensorsHeader
from audobon_cli.models.loras.tensors import is_lora
from audobon_cli.models.loras.widths import input_widths

Shapes = Mapping[str, tuple[int, ...]]

MAX_EMBEDDING_VECTORS = 256
"""More rows than any textual inversion has: a prompt takes 77 tokens."""


class WeightKind(StrEnum):
    """What a file of weights is for."""

    LORA = "LoRA"
    EMBEDDING = "textual inversion"
    CONTROLNET = "ControlNet"
    IP_ADAPTER = "IP-Adapter"
    VAE = "VAE"
    TEXT_ENCODER = "text encoder"
    DENOISER = "denoiser"
    CHECKPOINT = "checkpoint"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Architecture:
    """What weights fit: ``network`` is unet, flux, sd3 … or text; ``widths`` are the sizes that must agree.

    ``transformer`` is any network that is no UNet, where the names do not tell which. For a UNet the width
    is that of the text states that its cross-attention reads, for a transformer that of its own states, for
    text encoders those of their embeddings, in the order of the encoders.
    """

    network: str
    widths: tuple[int, ...]

    @property
    def family(self) -> str:
        """The name of the published family, "" for others."""
        return FAMILIES.get(self, "")

    def __str__(self) -> str:
        widths = " and ".join(str(width) for width in self.widths)
        return (
            f"{self.family}, {self.network} of width {widths}"
            if self.family
            else (f"{self.network} of width {widths}")
        )

    def agrees_with(self, other: "Architecture") -> bool:
        """Whether weights of the one may fit the other: they do not contradict each other."""
        unsure = "transformer" in (self.network, other.network) and "unet" not in (
            self.network,
            other.network,
        )
        return self.widths == other.widths and (self.network == other.network or unsure)


FAMILIES = {
    Architecture("unet", (768,)): "sd15",
    Architecture("unet", (1024,)): "sd2",
    Architecture("unet", (2048,)): "sdxl",
    Architecture("unet", (1280,)): "sdxl-refiner",
    Architecture("flux", (3072,)): "flux",
    Architecture("sd3", (1536,)): "sd3",
    Architecture("sd3", (2432,)): "sd3",
    Architecture("qwen-image", (3072,)): "qwen-image",
    Architecture("text", (768,)): "sd15",
    Architecture("text", (1024,)): "sd2",
    Architecture("text", (768, 1280)): "sdxl",
}
"""Widths from the published configurations (text_encoder, unet and transformer config.json)."""
LOOKALIKES = {Architecture("flux", (3072,)): ("Chroma", "AuraFlow", "FLUX.2 klein")}
"""Models whose adapters names and widths do not tell from those of the family (their transformer config.json: 24
heads of 128, or 12 of 256, as FLUX.1)."""


@dataclass(frozen=True, slots=True)
class WeightFacts:
    """What a header tells; ``architecture`` is None where it does not."""

    kind: WeightKind
    architecture: Architecture | None = None

    @property
    def family(self) -> str:
        """The published family that it belongs to, "" if it is of none."""
        return self.architecture.family if self.architecture else ""


FLUX_WIDTH = 3072
FLUX_BLOCKS = 19
"""Joint blocks of FLUX.1; Qwen-Image, of the same width, has 60 (both transformer config.json)."""
CROSS_ATTENTION = re.compile(r"attn2[._](processor[._])?to_k(_lora)?\b")
TRANSFORMER_INPUT = re.compile(
    r"transformer_blocks[._]\d+[._]attn[._]to_q\b|(joint|double)_blocks[._]\d+[._]\w{0,20}[._]?attn[._]qkv\b"
)
ANY_QUERY = re.compile(r"[._]to_q\b")
BLOCK_NUMBER = re.compile(r"transformer_blocks[._](\d{1,6})[._]")
CONTROLNET = re.compile(
    r"^control_model\.|controlnet_(cond_embedding|blocks|down_blocks|x_embedder)|^input_hint_"
)
CLIP_LORA = (
    "lora_te_text_model_",
    "lora_te1_text_model_",
    "lora_te2_text_model_",
    "text_encoder.text_model.",
    "text_encoder_2.text_model.",
)
ENCODERS = frozenset({"emb_params", "clip_l", "clip_g", "t5xxl"})
"""Keys that say which text encoder an embedding is for, rather than what it is called."""
PARAMETER = re.compile(r"(^|[._])(weight|bias|alpha|scale|shift|mean|std|var)$")
"""How networks and statistics name what is shaped as an embedding is."""
EMBEDDING_KEYS = ({"emb_params"}, {"clip_l", "clip_g"}, {"clip_g", "clip_l", "t5xxl"})


def weight_facts(header: SafetensorsHeader) -> WeightFacts:
    """The kind and architecture of the weights behind ``header``."""
    shapes = header.shapes
    names = set(shapes)
    if any(name.startswith("ip_adapter.") for name in names):
        return WeightFacts(WeightKind.IP_ADAPTER, _ip_adapter(shapes))
    if any(CONTROLNET.search(name) for name in names):
        return WeightFacts(WeightKind.CONTROLNET, denoiser_architecture(shapes))
    if is_lora(names):
        return WeightFacts(WeightKind.LORA, _lora(shapes))
    if _is_embedding(shapes):
        return WeightFacts(WeightKind.EMBEDDING, _embedding(shapes))
    return _network(shapes)


def denoiser_architecture(shapes: Shapes) -> Architecture | None:
    """The architecture of a denoiser, or of a ControlNet or LoRA (its down projections) for it, in
    diffusers' or the original names."""
    network = _network_named(shapes)
    for pattern in (CROSS_ATTENTION,) if network == "unet" else (TRANSFORMER_INPUT, ANY_QUERY):
        for name, shape in shapes.items():
            if pattern.search(name) and len(shape) > 1 and shape[1]:
                if network == "sd3" and shape[1] == FLUX_WIDTH:
                    # A LoRA that leaves FLUX's single blocks alone, or Qwen-Image's feed-forward, looks like SD3's.
                    numbers = [int(found[1]) for found in map(BLOCK_NUMBER.search, shapes) if found]
                    network = "qwen-image" if max(numbers, default=0) >= FLUX_BLOCKS else "flux"
                return Architecture(network, (shape[1],))
    return None


def embedding_architecture(*encoders: Shapes) -> Architecture | None:
    """The architecture of the text encoders with these weights, in their order, T5 left out; None without any."""
    widths = tuple(
        shape[1]
        for shapes in encoders
        for name, shape in shapes.items()
        if name.endswith(("token_embedding.weight", "word_embeddings.weight")) and len(shape) > 1
    )
    return Architecture("text", widths) if widths else None


def _network_named(shapes: Shapes) -> str:
    """Which kind of denoiser the names belong to."""
    text = "\n".join(shapes)
    for network, pattern in (
        ("unet", r"(down_blocks|up_blocks|mid_block|input_blocks|middle_block|output_blocks)[._]"),
        ("sd3", r"joint_blocks[._]|pos_embed_input"),
        ("flux", r"single_(transformer_)?blocks[._]|controlnet_x_embedder|double_blocks[._]"),
        ("qwen-image", r"transformer_blocks[._]\d+[._](img|txt)_(mod|mlp)"),
        ("sd3", r"transformer_blocks[._]\d+[._]attn[._]add_k_proj"),
    ):
        if re.search(pattern, text):
            return network
    return "transformer"


def _lora(shapes: Shapes) -> Architecture | None:
    """From how many values its layers read."""
    found = denoiser_architecture({layer: (0, width) for layer, width in input_widths(shapes).items()})
    if found is None and all(name.startswith(CLIP_LORA) for name in shapes):
        two = any(name.startswith(("lora_te2_", "text_encoder_2.")) for name in shapes)
        return Architecture("unet", (2048,)) if two else None  # two text encoders and nothing else: SDXL
    return found


def _ip_adapter(shapes: Shapes) -> Architecture | None:
    widths = (
        shape[1]
        for name, shape in sorted(shapes.items())
        if name.endswith("to_k_ip.weight") and len(shape) > 1
    )
    width = next(widths, None)
    return Architecture("unet", (width,)) if width else None


def image_encoder_width(shapes: Shapes) -> int | None:
    """The width of the image states that an IP-Adapter reads: of the embedding, or of the last layer's."""
    for name in ("image_proj.proj.weight", "image_proj.proj_in.weight", "image_proj.proj.0.weight"):
        if len(shapes.get(name, ())) > 1:
            return shapes[name][1]
    return None


def image_encoder_widths(shapes: Shapes) -> Iterator[int]:
    """The widths of the states that a CLIP image encoder gives."""
    for name, shape in shapes.items():
        if name.endswith(("visual_projection.weight", "embeddings.class_embedding")) and shape:
            yield shape[0]


def _is_embedding(shapes: Shapes) -> bool:
    if set(shapes) in EMBEDDING_KEYS:
        return True
    if any(len(shape) not in (1, 2) for shape in shapes.values()):
        return False
    vectors = sum(shape[0] if len(shape) == 2 else 1 for shape in shapes.values())
    if not 0 < vectors <= MAX_EMBEDDING_VECTORS or len({shape[-1] for shape in shapes.values()}) > 1:
        return False
    # One tensor is an embedding whatever it is called; of several each is called as its word.
    return len(shapes) == 1 or not any(name in ENCODERS or PARAMETER.search(name) for name in shapes)


def embedding_words(keys: Iterable[str]) -> tuple[str, ...]:
    """The words that the file of an embedding gives a meaning, by its keys; none for one that is called as the file
    is."""
    return tuple(key for key in keys if key not in ENCODERS)


def _embedding(shapes: Shapes) -> Architecture | None:
    ordered = ["clip_l", "clip_g"] if "clip_g" in shapes else list(shapes)[:1]
    widths = tuple(shapes[name][-1] for name in ordered if shapes[name])
    return Architecture("text", widths) if len(widths) == len(ordered) else None


def _network(shapes: Shapes) -> WeightFacts:
    names = "\n".join(shapes)
    first_layout = "\nfirst_stage_model.encoder." in f"\n{names}" and "\ncond_stage" in names
    if first_layout or "\nmodel.diffusion_model." in f"\n{names}":
        return WeightFacts(WeightKind.CHECKPOINT, denoiser_architecture(shapes))
    if re.search(r"^(first_stage_model\.)?decoder\.conv_in\.weight", names, re.M):
        return WeightFacts(WeightKind.VAE)
    if re.search(r"token_embedding\.weight|^encoder\.block\.|^shared\.weight", names, re.M):
        return WeightFacts(WeightKind.TEXT_ENCODER)
    architecture = denoiser_architecture(shapes)
    return WeightFacts(WeightKind.DENOISER if architecture else WeightKind.UNKNOWN, architecture)
