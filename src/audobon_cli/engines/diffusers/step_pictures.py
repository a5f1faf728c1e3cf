"""What latents show at a step: decoded small, where the decoder is at hand and that costs next to nothing."""

from io import BytesIO
from typing import Any

SIDE = 16
"""Of the latents that are decoded: 128 pixels for most models, a sixteenth of the work for a picture of 512."""
LEVELS = 255


def step_picture(pipeline: Any, latents: Any) -> bytes | None:
    """A PNG of the first of ``latents`` (batch, channels, height, width); None where none can be made of them: packed
    latents, pictures without latents, and decoders that would have to be moved into memory first."""
    import torch

    decoder: Any = getattr(pipeline, "vae", None)
    channels = getattr(getattr(decoder, "config", None), "latent_channels", None)
    if not isinstance(latents, torch.Tensor) or latents.ndim != 4 or latents.shape[1] != channels:
        return None
    weights = next(decoder.parameters(), None)
    if weights is None or hasattr(decoder, "_hf_hook") or weights.device != latents.device:
        return None
    scale = float(getattr(decoder.config, "scaling_factor", None) or 1)
    shift = float(getattr(decoder.config, "shift_factor", None) or 0)
    height, width = latents.shape[2:]
    factor = max(1.0, max(height, width) / SIDE)
    sides = (max(1, round(height / factor)), max(1, round(width / factor)))
    with torch.inference_mode():
        small = torch.nn.functional.adaptive_avg_pool2d(latents[:1].float(), sides)
        drawn = decoder.decode((small / scale + shift).to(weights.dtype), return_dict=False)[0]
    return _encoded(drawn[0])


def _encoded(drawn: Any) -> bytes | None:
    """Channels, height and width from -1 to 1 as a PNG."""
    import torch
    from PIL import Image

    if drawn.ndim != 3 or drawn.shape[0] not in (1, 3, 4) or not bool(torch.isfinite(drawn).all()):
        return None
    levels = ((drawn.float() / 2 + 0.5).clamp(0, 1) * LEVELS).round().to(torch.uint8)
    rows = levels.permute(1, 2, 0).cpu().numpy()
    stream = BytesIO()
    Image.fromarray(rows[..., 0] if rows.shape[2] == 1 else rows).save(stream, "PNG")
    return stream.getvalue()
