"""What the local engine costs on top of diffusers: the time of a picture over that of the bare loop.

    python bench/overhead.py MODEL_FOLDER [--pictures 15] [--steps 20] [--threads 1]

The bare loop does what any script would: text encoder, denoiser, scheduler, decoder, with nothing asked,
told or checked between. Both draw the same picture (compared here) from the same weights in memory, one
after the other in each round so that a busy machine slows both; the ratio of medians is printed. The
engine must stay within 3 %.
"""

import argparse
import statistics
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import DiffusionPipeline

from audobon_cli.domain.events import ignore
from audobon_cli.domain.model import AlphaMode, Model, SizeRule
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.domain.units import Size
from audobon_cli.engines.local.diffusion import LocalEngine
from audobon_cli.engines.local.pixels import to_picture
from audobon_cli.stores.model_files import inspect_model

PROMPT = "cute dragon"
GUIDANCE = 4.0


@torch.inference_mode()
def draw_bare(pipeline: Any, request: ResolvedRequest, seed: int) -> Any:
    """One picture, as float (height, width, channels) in 0..1, by the components alone."""
    steps, size = request.steps, request.render_size
    generator = torch.Generator("cpu").manual_seed(seed)
    tokens = pipeline.tokenizer(
        ["", request.resolved_prompt],
        padding="max_length",
        max_length=pipeline.tokenizer.model_max_length,
        truncation=True,
        return_tensors="pt",
    )
    masked = getattr(pipeline.text_encoder.config, "use_attention_mask", False)
    # One at a time, as the pipeline does: batched, the last bit of some values would differ.
    words = torch.cat(
        [
            pipeline.text_encoder(
                tokens.input_ids[row : row + 1],
                attention_mask=tokens.attention_mask[row : row + 1] if masked else None,
            )[0]
            for row in (0, 1)
        ]
    )
    scheduler, scale = pipeline.scheduler, pipeline.vae_scale_factor
    scheduler.set_timesteps(steps)
    shape = (1, pipeline.unet.config.in_channels, size.height // scale, size.width // scale)
    latents = torch.randn(shape, generator=generator) * scheduler.init_noise_sigma
    for timestep in scheduler.timesteps:
        doubled = scheduler.scale_model_input(torch.cat([latents] * 2), timestep)
        without, toward = pipeline.unet(doubled, timestep, words, return_dict=False)[0].chunk(2)
        noise = without + request.guidance * (toward - without)
        latents = scheduler.step(noise, timestep, latents, return_dict=False)[0]
    decoded = pipeline.vae.decode(latents / pipeline.vae.config.scaling_factor, return_dict=False)[0]
    return (decoded * 0.5 + 0.5).clamp(0, 1)[0].permute(1, 2, 0).numpy()


def compare(request: ResolvedRequest, pictures: int) -> tuple[list[float], list[float]]:
    """Seconds of each picture by the bare loop and by the engine, in turn. Fails if the pictures differ."""
    model = request.model
    engine = LocalEngine(device="cpu")
    engine.load(request, ignore)
    pipeline = DiffusionPipeline.from_pretrained(str(model.folder), torch_dtype=torch.float32)
    bare_seconds, engine_seconds = [], []
    for seed in range(-2, pictures):  # The first two warm up.
        began = time.perf_counter()
        pixels = draw_bare(pipeline, request, max(seed, 0))
        middle = time.perf_counter()
        rendered = engine.render(request, max(seed, 0), 0, ignore, lambda: False)
        ended = time.perf_counter()
        plain = to_picture(pixels, model.alpha is AlphaMode.PREMULTIPLIED)[0]
        assert np.array_equal(np.asarray(plain), np.asarray(rendered.image)), "not the same picture"
        if seed >= 0:
            bare_seconds.append(middle - began)
            engine_seconds.append(ended - middle)
    return bare_seconds, engine_seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pictures", type=int, default=15)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--threads", type=int)
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)

    files = inspect_model(options.folder)
    size = files.native_size or Size(512, 512)
    alpha = AlphaMode.PREMULTIPLIED if files.channels == 4 else AlphaMode.NONE
    model = Model("bench", "bench", files.pipeline, options.folder, "", SizeRule(native=size), alpha)
    request = ResolvedRequest(
        PROMPT, "", PROMPT, "", model, "", "", size, size, options.steps, GUIDANCE, seed=0, count=1
    )
    bare_seconds, engine_seconds = compare(request, options.pictures)
    bare, ours = statistics.median(bare_seconds), statistics.median(engine_seconds)
    print(f"bare loop {bare:.3f} s, engine {ours:.3f} s, ratio {ours / bare:.4f}")


if __name__ == "__main__":
    main()
