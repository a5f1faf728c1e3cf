"""The arguments of one call of each kind of denoiser, as its pipeline gives them: shapes only.

Texts are taken at the longest that the pipeline pads or cuts them to. A test holds each to what a real
pipeline of that kind passes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch

SD3_TEXT_TOKENS = 333
"""77 of CLIP and 256 of T5: the joint sequence of Stable Diffusion 3."""
FLUX_TEXT_TOKENS = 512
GENERATED_TOKENS = 8
"""What AudioLDM 2's language model makes of a prompt."""
ClassCall = Callable[[Mapping[str, Any], "Maker"], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Maker:
    """Empty tensors of one precision with the batch in front; sides are those of the latents, ``tokens`` those
    of the text."""

    dtype: torch.dtype
    batch: int
    height: int
    width: int
    tokens: int = 0

    @property
    def sides(self) -> tuple[int, int]:
        """Height and width of the latents."""
        return self.height, self.width

    @property
    def patches(self) -> int:
        """Squares of two latents a side."""
        return (self.height // 2) * (self.width // 2)

    def __call__(self, *shape: int) -> torch.Tensor:
        return self.bare(self.batch, *shape)

    def bare(self, *shape: int) -> torch.Tensor:
        """A tensor without a batch."""
        return torch.empty(*shape, dtype=self.dtype, device="meta")

    def whole(self, *shape: int) -> torch.Tensor:
        """Whole numbers, such as masks, with the batch in front."""
        return torch.empty(self.batch, *shape, dtype=torch.long, device="meta")

    def known_mask(self, length: int) -> torch.Tensor:
        """A mask of ones whose values are read: on the processor, where it takes no memory of a card."""
        return torch.ones(self.batch, length, dtype=torch.long)


def _unet(config: Mapping[str, Any], make: Maker) -> dict[str, Any]:
    inputs: dict[str, Any] = {
        "sample": make(int(config.get("in_channels", 4)), *make.sides),
        "timestep": make(),
        "encoder_hidden_states": None,
    }
    if config.get("addition_embed_type") == "image":
        # Kandinsky 2.2: the embedding of a picture in place of words.
        inputs["added_cond_kwargs"] = {"image_embeds": make(int(config["encoder_hid_dim"]))}
        return inputs
    inputs["encoder_hidden_states"] = make(make.tokens or 77, int(config["cross_attention_dim"]))
    if config.get("addition_embed_type") == "text_time":
        # Stable Diffusion XL: the pooled embedding of bigG and six numbers of size and cropping.
        pooled = int(config["projection_class_embeddings_input_dim"]) - 6 * int(
            config["addition_time_embed_dim"]
        )
        inputs["added_cond_kwargs"] = {"text_embeds": make(pooled), "time_ids": make(6)}
    return inputs


def _kandinsky3(config: Mapping[str, Any], make: Maker) -> dict[str, Any]:
    return {
        "sample": make(int(config.get("in_channels", 4)), *make.sides),
        "timestep": make(),
        "encoder_hidden_states": make(make.tokens, int(config["encoder_hid_dim"])),
        "encoder_attention_mask": make.whole(make.tokens).bool(),
    }


def _prior(config: Mapping[str, Any], make: Maker) -> dict[str, Any]:
    width, tokens = int(config["embedding_dim"]), int(config["num_embeddings"])
    return {
        "hidden_states": make(width),
        "timestep": make(),
        "proj_embedding": make(width),
        "encoder_hidden_states": make(tokens, width),
        "attention_mask": make.whole(tokens).bool(),
    }


def _sd3(config: Mapping[str, Any], make: Maker) -> dict[str, Any]:
    return {
        "hidden_states": make(int(config["in_channels"]), *make.sides),
        "encoder_hidden_states": make(SD3_TEXT_TOKENS, int(config["joint_attention_dim"])),
        "pooled_projections": make(int(config["pooled_projection_dim"])),
        "timestep": make(),
    }


def _flux(config: Mapping[str, Any], make: Maker) -> dict[str, Any]:
    return {
        "hidden_states": make(make.patches, int(config["in_channels"])),
        "encoder_hidden_states": make(FLUX_TEXT_TOKENS, int(config["joint_attention_dim"])),
        "pooled_projections": make(int(config["pooled_projection_dim"])),
        "img_ids": make.bare(make.patches, 3),
        "txt_ids": make.bare(FLUX_TEXT_TOKENS, 3),
        "timestep": make(),
        "guidance": make() if config.get("guidance_embeds") else None,
    }


def _flux2(config: Mapping[str, Any], make: Maker) -> dict[str, Any]:
    return {
        "hidden_states": make(make.patches, int(config["in_channels"])),
        "encoder_hidden_states": make(make.tokens, int(config["joint_attention_dim"])),
        "img_ids": make.whole(make.patches, 4),
        "txt_ids": make.whole(make.tokens, 4),
        "timestep": make(),
        "guidance": make() if config.get("guidance_embeds", True) else None,
    }


def _chroma(config: Mapping[str, Any], make: Maker) -> dict[str, Any]:
    return {
        "hidden_states": make(make.patches, int(config["in_channels"])),
        "encoder_hidden_states": make(make.tokens, int(config["joint_attention_dim"])),
        "img_ids": make.bare(make.patches, 3),
        "txt_ids": make.bare(make.tokens, 3),
        "timestep": make(),
        "attention_mask": make(make.tokens + make.patches),
    }


def _auraflow(config: Mapping[str, Any], make: Maker) -> dict[str, Any]:
    return {
        "hidden_states": make(int(config["in_channels"]), *make.sides),
        "encoder_hidden_states": make(make.tokens, int(config["joint_attention_dim"])),
        "timestep": make(),
    }


def _cogview4(config: Mapping[str, Any], make: Maker) -> dict[str, Any]:
    return {
        "hidden_states": make(int(config["in_channels"]), *make.sides),
        "encoder_hidden_states": make(make.tokens, int(config["text_embed_dim"])),
        "timestep": make(),
        **{name: make(2) for name in ("original_size", "target_size", "crop_coords")},
    }


def _hunyuan(config: Mapping[str, Any], make: Maker) -> dict[str, Any]:
    words, more = int(config.get("text_len", 77)), int(config.get("text_len_t5", 256))
    angles = torch.empty(make.patches, int(config["attention_head_dim"]), dtype=torch.float32, device="meta")
    return {
        "hidden_states": make(int(config["in_channels"]), *make.sides),
        "timestep": make(),
        "encoder_hidden_states": make(words, int(config["cross_attention_dim"])),
        "text_embedding_mask": make.whole(words),
        "encoder_hidden_states_t5": make(more, int(config["cross_attention_dim_t5"])),
        "text_embedding_mask_t5": make.whole(more),
        "image_meta_size": make(6),
        "style": make.whole(),
        "image_rotary_emb": (angles, angles),
    }


def _lumina2(config: Mapping[str, Any], make: Maker) -> dict[str, Any]:
    return {
        "hidden_states": make(int(config["in_channels"]), *make.sides),
        "timestep": make(),
        "encoder_hidden_states": make(make.tokens, int(config["cap_feat_dim"])),
        "encoder_attention_mask": make.known_mask(make.tokens),
    }


def _pixart(config: Mapping[str, Any], make: Maker) -> dict[str, Any]:
    more = config.get("use_additional_conditions")
    conditioned = config.get("sample_size") == 128 if more is None else more
    return {
        "hidden_states": make(int(config["in_channels"]), *make.sides),
        "encoder_hidden_states": make(make.tokens, int(config["caption_channels"])),
        "encoder_attention_mask": make.whole(make.tokens),
        "timestep": make.whole(),
        "added_cond_kwargs": {
            "resolution": make(2) if conditioned else None,
            "aspect_ratio": make(1) if conditioned else None,
        },
    }


def _qwen_image(config: Mapping[str, Any], make: Maker) -> dict[str, Any]:
    return {
        "hidden_states": make(make.patches, int(config["in_channels"])),
        "timestep": make(),
        "encoder_hidden_states": make(make.tokens, int(config["joint_attention_dim"])),
        "img_shapes": [[(1, make.height // 2, make.width // 2)]] * make.batch,
    }


def _sana(config: Mapping[str, Any], make: Maker) -> dict[str, Any]:
    guided = {"guidance": make()} if config.get("guidance_embeds") else {}
    return {
        "hidden_states": make(int(config["in_channels"]), *make.sides),
        "encoder_hidden_states": make(make.tokens, int(config["caption_channels"])),
        "encoder_attention_mask": make.whole(make.tokens),
        "timestep": make(),
        **guided,
    }


def _z_image(config: Mapping[str, Any], make: Maker) -> dict[str, Any]:
    pictures = [make.bare(int(config["in_channels"]), 1, *make.sides) for _ in range(make.batch)]
    texts = [make.bare(make.tokens, int(config["cap_feat_dim"])) for _ in range(make.batch)]
    return {"x": pictures, "t": make(), "cap_feats": texts}


def _stable_audio(config: Mapping[str, Any], make: Maker) -> dict[str, Any]:
    # Two more places than the text has: where the sound begins, and where it ends.
    places = make.height + 1
    angles = torch.empty(places, int(config["attention_head_dim"]) // 2, dtype=torch.float32, device="meta")
    return {
        "hidden_states": make(int(config["in_channels"]), make.height),
        "timestep": make.bare(1),
        "encoder_hidden_states": make(make.tokens + 2, int(config["cross_attention_input_dim"])),
        "global_hidden_states": make(1, int(config["global_states_input_dim"])),
        "rotary_embedding": (angles, angles),
    }


def _stable_audio3(config: Mapping[str, Any], make: Maker) -> dict[str, Any]:
    return {
        "hidden_states": make(int(config["io_channels"]), make.height),
        "timestep": make(),
        "encoder_hidden_states": make(make.tokens + 1, int(config["cond_token_dim"])),
        "global_hidden_states": make(int(config["global_cond_dim"])),
        "encoder_attention_mask": make.whole(make.tokens + 1),
    }


def _longcat_audio(config: Mapping[str, Any], make: Maker) -> dict[str, Any]:
    latents = int(config["latent_dim"])
    return {
        "hidden_states": make(make.height, latents),
        "encoder_hidden_states": make(make.tokens, int(config["dit_text_dim"])),
        "encoder_attention_mask": make.whole(make.tokens).bool(),
        "timestep": make(),
        "attention_mask": make.whole(make.height).bool(),
        "latent_cond": make(make.height, latents),
    }


def _audioldm(config: Mapping[str, Any], make: Maker) -> dict[str, Any]:
    return {
        "sample": make(int(config["in_channels"]), *make.sides),
        "timestep": make(),
        "encoder_hidden_states": None,
        "class_labels": make(int(config["projection_class_embeddings_input_dim"])),
    }


def _audioldm2(config: Mapping[str, Any], make: Maker) -> dict[str, Any]:
    widths = [width for width in _flat(config["cross_attention_dim"]) if width]
    return {
        "sample": make(int(config["in_channels"]), *make.sides),
        "timestep": make(),
        "encoder_hidden_states": make(GENERATED_TOKENS, widths[0]),
        "encoder_hidden_states_1": make(make.tokens, widths[-1]),
        "encoder_attention_mask_1": make.whole(make.tokens),
    }


def _musicgen(config: Mapping[str, Any], make: Maker) -> dict[str, Any]:
    """The last of its steps, the largest: what it keeps of all codes before is allocated here, as by those."""
    from transformers import DynamicCache, EncoderDecoderCache

    heads, width = int(config["num_attention_heads"]), int(config["hidden_size"])
    books = int(config["num_codebooks"])
    # The books of codes lag one step behind each other.
    steps = make.height + books - 1
    own, words = DynamicCache(), DynamicCache()
    kept = EncoderDecoderCache(own, words)
    for layer in range(int(config["num_hidden_layers"])):
        for cache, length in ((own, steps - 1), (words, make.tokens)):
            cache.update(*(make(heads, length, width // heads) for _ in range(2)), layer)
        kept.is_updated[layer] = True
    return {
        # All codes so far, of which it is given the last.
        "input_ids": make.whole(books, steps).view(make.batch * books, steps)[:, -1:],
        "encoder_hidden_states": make(make.tokens, width),
        "encoder_attention_mask": make(1, 1, make.tokens),
        "cache": kept,
    }


def generation_states(config: Mapping[str, Any], make: Maker) -> list[torch.Tensor]:
    """What MusicGen keeps from its first step until it ends: the text encoder's states, the keys and values that the
    first step made of them (transformers 5.24 makes a second set for the others), and the codes."""
    width, layers = int(config["hidden_size"]), int(config["num_hidden_layers"])
    books = int(config["num_codebooks"])
    states = [make(make.tokens, width) for _ in range(1 + 2 * layers)]
    return [*states, make.whole(books, make.height + books)]


def _flat(value: Any) -> list[int | None]:
    if isinstance(value, list | tuple):
        return [one for inner in value for one in _flat(inner)]
    return [value]


CALLS: Mapping[str, ClassCall] = {
    "audioldm": _audioldm,
    "audioldm2": _audioldm2,
    "longcat-audio": _longcat_audio,
    "musicgen": _musicgen,
    "stable-audio": _stable_audio,
    "stable-audio3": _stable_audio3,
    "unet": _unet,
    "kandinsky3": _kandinsky3,
    "prior": _prior,
    "sd3": _sd3,
    "flux": _flux,
    "flux2": _flux2,
    "chroma": _chroma,
    "auraflow": _auraflow,
    "cogview4": _cogview4,
    "hunyuan": _hunyuan,
    "lumina2": _lumina2,
    "pixart": _pixart,
    "qwen-image": _qwen_image,
    "sana": _sana,
    "z-image": _z_image,
}
"""By the kind of inputs that components.toml and vram/forecast_tables.py name."""
