"""Figures of composed pictures: how far from the exemplars, how various, how crisp, how well colours are obeyed.

Needs the program and `evaluation_prompts.toml` alone: no judge. With `--strength` above 0 the network goes on from the
compositions, as in `audobon generate --strength`.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
import tomllib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from audobon_cli.domain.events import ignore
from audobon_cli.domain.inputs import ImageInputs
from audobon_cli.domain.request import GenerationRequest
from audobon_cli.engines.base import never
from audobon_cli.exemplars.colours import hue_distance, tone_of
from audobon_cli.exemplars.picture import draw_scene
from audobon_cli.exemplars.plan import Planner
from audobon_cli.exemplars.recolour import HUES
from audobon_cli.exemplars.render import rasterise
from audobon_cli.exemplars.store import ExemplarStore
from audobon_cli.generation.resolve.local import resolve
from audobon_cli.workspace import Workspace
from PIL import Image

from exemplar_metrics import (
    aligned_distance,
    distances_to_exemplars,
    edge_energy,
    silhouette_overlap,
    stray_islands,
    variety,
)
from metrics import clean_alpha

SEEDS = 4
SIDE = 64
PROMPTS_FILE = Path(__file__).with_name("evaluation_prompts.toml")


def planes(image: Image.Image) -> torch.Tensor:
    """Return (4, 64, 64) in [0, 1], colour multiplied by alpha."""
    return torch.from_numpy(np.asarray(image.convert("RGBa")).copy()).permute(2, 0, 1).float() / 255


def drawn_by(strength: float) -> Callable[[str, int], Image.Image]:
    """Return what draws a prompt with a seed as `audobon generate --quality high --strength` does."""
    workspace = Workspace(Path(), {})
    engine = workspace.engine()

    def draw(prompt: str, seed: int) -> Image.Image:
        asked = GenerationRequest(prompt, seed=seed, quality="high", inputs=ImageInputs(strength=strength))
        request = resolve(asked, workspace.settings, workspace.models)
        return engine.render(request, seed, 0, ignore, never).image

    return draw


def figures(prompts: list[str], strength: float) -> dict[str, float]:
    """Return the figures of `prompts`, `SEEDS` seeds each."""
    store = ExemplarStore()
    planner = Planner(store)
    draw = drawn_by(strength)
    draw(prompts[0], 0)  # loads what is to be loaded
    began = time.process_time()
    by_seed = torch.stack([torch.stack([planes(draw(p, seed)) for seed in range(SEEDS)]) for p in prompts])
    seconds = (time.process_time() - began) / len(prompts) / SEEDS
    asked = [planner.understand(prompt).reading.asked[0].thing for prompt in prompts]
    exemplars = [
        (k, planes(rasterise(store.drawing(h, t.name), SIDE))) for k, t in enumerate(asked) for h in t.hands
    ]
    known, numbers = torch.stack([one for _, one in exemplars]), torch.tensor([k for k, _ in exemplars])
    drawn = by_seed.flatten(0, 1)
    thing = torch.arange(len(prompts)).repeat_interleave(SEEDS)
    hands = [
        aligned_distance(known[k], known[numbers == number][1:]).mean().item()
        for number in range(len(prompts))
        if len(known[numbers == number]) > 1
        for k in (numbers == number).nonzero()[:1].flatten().tolist()
    ]
    return {
        "pictures": len(drawn),
        "nearest exemplar": distances_to_exemplars(drawn, thing, known, numbers).median().item(),
        "exemplars of different hands": statistics.median(hands),
        "variety": variety(by_seed).median().item(),
        "overlap": silhouette_overlap(by_seed).median().item(),
        "crispness": (edge_energy(drawn).mean() / edge_energy(known).mean()).item(),
        "stray islands": stray_islands(drawn).float().mean().item(),
        "stray islands of exemplars": stray_islands(known).float().mean().item(),
        "clean alpha": clean_alpha(drawn)["clean_share"],
        "seconds": seconds,
    }


def colours_obeyed(prompts: list[str]) -> float:
    """Return the share of prompts, with one of the colours each, whose mean hue is within 35 degrees of it."""
    store = ExemplarStore()
    planner = Planner(store)
    right = 0
    for place, prompt in enumerate(prompts):
        colour = list(HUES)[place % len(HUES)]
        scene = planner.scene(f"{colour} {prompt}", "", place, SIDE)
        pixels = np.asarray(draw_scene(scene, store, SIDE)).reshape(-1, 4)
        tones = [tone_of(f"#{r:02x}{g:02x}{b:02x}") for r, g, b, a in pixels.tolist() if a > 200]
        whole = sum(tone.chroma * np.exp(1j * np.radians(tone.hue)) for tone in tones)
        right += hue_distance(float(np.degrees(np.angle(whole))) % 360, HUES[colour].hue) < 35
    return right / len(prompts)


def main() -> None:
    """Run the step."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--every", type=int, default=1, help="take every so many of the common prompts")
    parser.add_argument("--strength", type=float, default=0.0, help="how far the network goes on")
    options = parser.parse_args()
    torch.set_num_threads(1)
    common = tomllib.loads(PROMPTS_FILE.read_text(encoding="utf-8"))["common"][:: options.every]
    found = figures(common, options.strength)
    if not options.strength:
        found["colours obeyed"] = colours_obeyed(common)
    print(json.dumps({name: round(value, 3) for name, value in found.items()}, indent=1))


if __name__ == "__main__":
    main()
