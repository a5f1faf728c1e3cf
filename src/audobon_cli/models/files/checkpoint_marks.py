"""What a single file says of the noise that its model was trained with, beside the weights.

Models of Stable Diffusion's layouts predict the noise unless their authors say otherwise: by empty tensors called
``v_pred`` and ``ztsnr`` (NoobAI XL and the merges made of it; ComfyUI and Forge read them), or in the metadata, as
Stability AI's model specification (https://github.com/Stability-AI/ModelSpec) and kohya-ss' scripts have it.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from audobon_cli.models.files.safetensors_header import SafetensorsHeader

V_MARK, ZERO_SNR_MARK = "v_pred", "ztsnr"
PREDICTION_KEYS = ("modelspec.prediction_type", "prediction_type")
V_WORDS = ("v", "v_prediction", "v-prediction", "vpred", "v_pred")
NOISE_WORDS = ("epsilon", "eps")
V_FLAGS = ("ss_v_parameterization",)
ZERO_SNR_FLAGS = ("ss_zero_terminal_snr",)

EDM_MARKS = ("edm_mean", "edm_std", "edm_vpred.sigma_max", "edm_vpred.sigma_min")
"""Of models whose noise is scaled as Karras et al. do (Playground v2.5, CosXL), which no scheduler here draws."""

OF_NOISE = ("sd15", "sdxl")
"""Families (see checkpoint_layouts) whose models predict noise or v."""
UNSURE_WIDTH = 1024
"""Of Stable Diffusion 2's text states: of these files some predict v, and none says so."""


def unsupported_noise(names: Iterable[str]) -> str:
    """The mark of a model whose noise is none that is drawn here; "" without one."""
    found = set(EDM_MARKS) & set(names)
    return min(found, default="")


def scheduler_settings(header: SafetensorsHeader, family: str) -> dict[str, Any]:
    """What a scheduler for this file must have set, whatever the model has that lends its own; empty where the file
    does not tell."""
    if family not in OF_NOISE:
        return {}
    said = _said(header.metadata)
    if V_MARK in header.shapes or said in V_WORDS or _flagged(header.metadata, V_FLAGS):
        zero = ZERO_SNR_MARK in header.shapes or _flagged(header.metadata, ZERO_SNR_FLAGS)
        return {"prediction_type": "v_prediction", "rescale_betas_zero_snr": zero}
    if said not in NOISE_WORDS and _text_width(header) == UNSURE_WIDTH:
        return {}
    return {"prediction_type": "epsilon", "rescale_betas_zero_snr": False}


def _said(metadata: Mapping[str, str]) -> str:
    return next((metadata[key].strip().lower() for key in PREDICTION_KEYS if key in metadata), "")


def _flagged(metadata: Mapping[str, str], keys: Iterable[str]) -> bool:
    return any(metadata.get(key, "").strip().lower() == "true" for key in keys)


def _text_width(header: SafetensorsHeader) -> int:
    """How wide the words are that the UNet reads; 0 where the names do not tell."""
    widths = (s[1] for key, s in header.shapes.items() if key.endswith("attn2.to_k.weight") and len(s) == 2)
    return next(widths, 0)
