"""How often compositions have the colour and the material that was asked for. Needs no judge.

`python composition_colours.py`: every common prompt with one of the hues, and with one of the materials.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from audobon_cli.exemplars.colours import hue_distance, tone_of
from audobon_cli.exemplars.recolour import HUES, RAMPS
from PIL import Image

from composition_figures import HERE, Figures, show

ON_RAMP, RAMP_SHARE = 0.07, 0.75
"""A pixel is of a material within this distance (OKLab) of its colours; this share of a picture must be."""


def colours_obeyed(figures: Figures) -> None:
    """Print how often hues and materials are what was asked for; pictures that nobody asked to change beside them."""
    prompts = figures.prompts("common")
    hues, of_ramps, unasked = [], [], []
    for place, prompt in enumerate(prompts):
        hue, ramp = list(HUES)[place % len(HUES)], list(RAMPS)[place % len(RAMPS)]
        hues.append(hue_distance(_mean_hue(figures.composed(f"{hue} {prompt}", place)), HUES[hue].hue) < 35)
        asked = [
            one.colour or one.material for one in figures.planner.understand(f"{ramp} {prompt}").reading.asked
        ]
        if asked == [ramp]:
            of_ramps.append(_on_ramp(figures.composed(f"{ramp} {prompt}", place), ramp) > RAMP_SHARE)
            unasked.append(_on_ramp(figures.composed(prompt, place), ramp) > RAMP_SHARE)
    told = {"hue obeyed": statistics.mean(hues), "material obeyed": statistics.mean(of_ramps)}
    show({"list": "colours", "prompts": len(prompts), **told, "material, unasked": statistics.mean(unasked)})


def _solid(image: Image.Image) -> list[str]:
    pixels = np.asarray(image).reshape(-1, 4)
    return [f"#{r:02x}{g:02x}{b:02x}" for r, g, b, a in pixels.tolist() if a > 200]


def _mean_hue(image: Image.Image) -> float:
    tones = [tone_of(colour) for colour in _solid(image)]
    whole = sum(tone.chroma * np.exp(1j * np.radians(tone.hue)) for tone in tones)
    return float(np.degrees(np.angle(whole))) % 360


def _lab(colours: Sequence[str]) -> np.ndarray:
    tones = [tone_of(colour) for colour in colours]
    angles = np.radians([tone.hue for tone in tones])
    chroma = np.array([tone.chroma for tone in tones])
    return np.stack(
        [[tone.light for tone in tones], chroma * np.cos(angles), chroma * np.sin(angles)], axis=1
    )


def _on_ramp(image: Image.Image, ramp: str) -> float:
    """Return the share of a picture's pixels that lie near the line through a ramp's colours."""
    stops, pixels = _lab(RAMPS[ramp]), _lab(_solid(image))
    steps = np.linspace(0, 1, 9)[:, None]
    line = np.concatenate([one * (1 - steps) + other * steps for one, other in pairwise(stops)])
    nearest = np.linalg.norm(pixels[:, None] - line[None], axis=2).min(1)
    return float((nearest < ON_RAMP).mean())


def main() -> None:
    """Run the step."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, default=HERE / ".work", help="work directory")
    parser.add_argument("--every", type=int, default=1, help="take every so many prompts")
    options = parser.parse_args()
    colours_obeyed(Figures(options.work, options.every, 0.0))


if __name__ == "__main__":
    main()
