"""What Audobon costs on top of diffusers: the time of a picture over that of the bare loop.

    python bench/overhead.py MODEL_FOLDER [--rounds 15] [--steps 8 40] [--threads 1] [--clock wall|cpu]

The bare loop does what any script would: text encoder, denoiser, scheduler, decoder, with nothing asked,
told or checked between. Beside it, from weights in memory: the engine alone (progress, cancelling, noise
and prompt handling), and all that `audobon generate` does once its model is loaded (resolving the request,
looking for the picture in the library, drawing, checks, PNG with recipe, durable filing, the file written).
All draw the same picture (compared here), one after the other in each round so that a busy machine slows
all; medians are printed. Two numbers of steps tell what grows with the drawing (the ratio, which must stay
within 3 %) from what does not (the constant). Last, the same request again: found, not drawn. On a machine
with much else to do, --clock cpu counts the processor's time for this process (waiting for the disk is then
left out).
"""

import argparse
import itertools
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import DiffusionPipeline
from PIL import Image

from audobon_cli.domain.events import ignore
from audobon_cli.domain.model import AlphaMode
from audobon_cli.domain.request import GenerationRequest, ResolvedRequest
from audobon_cli.engines.diffusers.engine import LocalEngine
from audobon_cli.engines.diffusers.pixels import to_picture
from audobon_cli.generation.context import GenerationContext
from audobon_cli.generation.outputs import Outputs
from audobon_cli.generation.resolve.local import resolve
from audobon_cli.generation.run import check_run, generate
from audobon_cli.library.store.library import Library
from audobon_cli.workspace import Workspace

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
    engine = LocalEngine(device="cpu")
    engine.load(request, ignore)
    pipeline = DiffusionPipeline.from_pretrained(str(request.model.folder), dtype=torch.float32)
    spent: tuple[list[float], list[float]] = ([], [])
    for seed in range(-2, pictures):  # The first two warm up.
        began = time.perf_counter()
        pixels = draw_bare(pipeline, request, max(seed, 0))
        middle = time.perf_counter()
        rendered = engine.render(request, max(seed, 0), 0, ignore, lambda: False)
        ended = time.perf_counter()
        plain = to_picture(pixels, request.model.alpha is AlphaMode.PREMULTIPLIED)[0]
        assert np.array_equal(np.asarray(plain), np.asarray(rendered.image)), "not the same picture"
        if seed >= 0:
            spent[0].append(middle - began)
            spent[1].append(ended - middle)
    return spent


@dataclass(frozen=True)
class Times:
    """Median seconds of one picture."""

    bare: float
    engine: float
    generate: float
    again: float


def measure(bench: "OverheadBench", steps: int, rounds: int, clock: Callable[[], float]) -> Times:
    """Draw ``rounds`` pictures of ``steps`` each way; two more before, that are not counted."""
    spent: list[tuple[float, ...]] = []
    for seed in range(-2, rounds):
        request = bench.request(steps, seed + 2 + steps * 1000)
        marks = [clock()]
        pixels = draw_bare(bench.pipeline, request, request.seed)
        marks.append(clock())
        rendered = bench.engine.render(request, request.seed, 0, ignore, lambda: False)
        marks.append(clock())
        drawn = bench.generate(steps, request.seed)
        marks.append(clock())
        found = bench.generate(steps, request.seed)
        marks.append(clock())
        plain = np.asarray(to_picture(pixels, request.model.alpha is AlphaMode.PREMULTIPLIED)[0])
        assert np.array_equal(plain, np.asarray(rendered.image)), "not the same picture"
        assert np.array_equal(plain, np.asarray(drawn)), "not the same picture"
        assert np.array_equal(plain, np.asarray(found)), "not the same picture"
        if seed >= 0:
            spent.append(tuple(after - before for before, after in itertools.pairwise(marks)))
    return Times(*(statistics.median(column) for column in zip(*spent, strict=True)))


class OverheadBench:
    """A model in memory three times: bare, in an engine, and in a workspace with a library of its own."""

    def __init__(self, folder: Path, work: Path) -> None:
        self.folder = folder
        self.workspace = Workspace(work, {"AUDOBON_DEVICE": "cpu"}, {"library": str(work)})
        Library.create(work)
        self.outputs = Outputs.plan(f"{work}/pictures/", work, 1, False)
        self.engine = LocalEngine(device="cpu")
        self.pipeline = DiffusionPipeline.from_pretrained(str(folder), dtype=torch.float32)

    def request(self, steps: int, seed: int) -> ResolvedRequest:
        """The request as the command resolves it."""
        asked = GenerationRequest(
            PROMPT, model=str(self.folder), style="none", steps=steps, guidance=GUIDANCE, seed=seed
        )
        return resolve(asked, self.workspace.settings, self.workspace.models)

    def generate(self, steps: int, seed: int) -> Image.Image:
        """All that the command does for one picture, its model loaded."""
        requests, space = [self.request(steps, seed)], self.workspace
        check_run(requests, space.library, self.outputs)
        context = GenerationContext(space.engine(), space.library, self.outputs, 0, space.results())
        report = generate(requests, context)
        failure = report.error()
        if failure is not None:
            raise failure
        path = report.pictures[0].path
        assert path is not None
        return Image.open(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--steps", type=int, nargs=2, default=(8, 40))
    parser.add_argument("--threads", type=int)
    parser.add_argument("--clock", choices=("wall", "cpu"), default="wall")
    options = parser.parse_args()
    clock = time.perf_counter if options.clock == "wall" else time.process_time
    if options.threads:
        torch.set_num_threads(options.threads)
    with tempfile.TemporaryDirectory() as work:
        bench = OverheadBench(options.folder.absolute(), Path(work))
        times = [measure(bench, steps, options.rounds, clock) for steps in options.steps]
        bench.workspace.close()
    print(f"medians of {options.rounds} rounds; {options.clock} seconds a picture")
    print(f"{'steps':>6} {'bare loop':>10} {'engine':>8} {'generate':>9} {'found again':>12}")
    for steps, t in zip(options.steps, times, strict=True):
        print(f"{steps:>6} {t.bare:>10.4f} {t.engine:>8.4f} {t.generate:>9.4f} {t.again:>12.4f}")
    few, many = times
    for name in ("engine", "generate"):
        grown = getattr(many, name) - getattr(few, name)
        ratio = grown / (many.bare - few.bare)
        constant = getattr(few, name) - ratio * few.bare
        print(f"{name}: {ratio:.4f} x bare loop {constant * 1000:+.1f} ms")


if __name__ == "__main__":
    main()
