"""Figures of composed pictures beside real renders, exemplars as they are, and what the network makes of compositions.

    python composition_figures.py common held-out     recognition, distance, variety, crispness
    python composition_figures.py rpg pairs styles    recognition of games' words, of two things; styles told

The judges are `fair_judge.py`'s; that of styles is taught now if it is not there. `--strength 0.5` adds the row of the
network, which takes 0.4 s of processor time a picture; `--every N` takes every so many prompts.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from audobon_cli.domain.events import ignore
from audobon_cli.domain.inputs import ImageInputs
from audobon_cli.domain.request import GenerationRequest
from audobon_cli.engines.base import never
from audobon_cli.exemplars.picture import draw_scene
from audobon_cli.exemplars.plan import Planner
from audobon_cli.exemplars.render import rasterise
from audobon_cli.exemplars.store import ExemplarStore
from audobon_cli.exemplars.styles import STYLES
from audobon_cli.generation.resolve.local import resolve
from audobon_cli.workspace import Workspace
from PIL import Image
from torch import nn
from torch.nn import functional

import exemplar_metrics as metrics
import fair_judge
from evaluator import ranks, top
from judging import Renders
from metrics import clean_alpha
from template_judge import TemplateJudge

HERE = Path(__file__).parent
SIDE, LARGE = 64, 256
SEEDS = {"common": 4, "held-out": 5}
SAMPLES = 2000
"""Of the bootstrap."""

WINDOWS = (
    (0.0, 0.3, 0.6, 1.0), (0.4, 0.0, 1.0, 0.75), (0.0, 0.0, 1.0, 0.55), (0.0, 0.45, 1.0, 1.0), (0.5, 0.45, 1.0, 1.0),
    (0.0, 0.0, 0.85, 1.0), (0.0, 0.25, 1.0, 1.0),
)  # fmt: skip
"""Left, top, right, bottom of the parts in which one of two things is looked for."""

Draw = Callable[[str, int], Image.Image]


class Figures:
    """What all figures need: the store, the judges, real renders."""

    def __init__(self, work: Path, every: int, strength: float) -> None:
        self.store = ExemplarStore()
        self.planner = Planner(self.store)
        self.every, self.strength, self.work = every, strength, work
        self._judged: tuple[Renders, nn.Module] | None = None

    def prompts(self, name: str) -> list[str]:
        """Return a list of prompts that can be drawn."""
        held_out = json.loads((HERE / "exemplar_held_out.json").read_text(encoding="utf-8"))
        lists = tomllib.loads((HERE / "evaluation_prompts.toml").read_text(encoding="utf-8")) | {
            "held-out": held_out
        }
        return [one for one in lists[name][:: self.every] if self.planner.understand(one).drawable]

    def judged(self) -> tuple[Renders, nn.Module]:
        """Return the real renders and the judge of things: made of `fair_judge.JUDGES`."""
        if self._judged is None:
            renders = fair_judge.judge_renders(self.work)
            self._judged = renders, TemplateJudge(renders.of_styles(list(fair_judge.JUDGES)))
        return self._judged

    def composed(self, prompt: str, seed: int, style: str = "", side: int = SIDE) -> Image.Image:
        """Return the composition of a prompt."""
        return draw_scene(self.planner.scene(prompt, style, seed, side), self.store, side)

    def unchanged(self, prompt: str, seed: int) -> Image.Image:
        """Return the drawing that the composition takes, as it is."""
        one = self.planner.scene(prompt, "", seed, SIDE).things[0]
        return rasterise(self.store.drawing(one.hand, one.thing), SIDE)

    def rows(self) -> dict[str, Draw]:
        """Return the ways of drawing that are compared."""
        found: dict[str, Draw] = {
            "exemplar as it is": self.unchanged,
            "composition, strength 0": self.composed,
        }
        if self.strength:
            found[f"network, strength {self.strength}"] = drawn_by(self.strength)
        return found


def planes(image: Image.Image) -> torch.Tensor:
    """Return (4, side, side) in [0, 1], colour multiplied by alpha."""
    return torch.from_numpy(np.asarray(image.convert("RGBa")).copy()).permute(2, 0, 1).float() / 255


def drawn_by(strength: float) -> Draw:
    """Return what draws a prompt with a seed as `audobon generate --quality high --strength` does."""
    workspace = Workspace(Path(), {})
    engine = workspace.engine()

    def draw(prompt: str, seed: int) -> Image.Image:
        asked = GenerationRequest(prompt, seed=seed, quality="high", inputs=ImageInputs(strength=strength))
        request = resolve(asked, workspace.settings, workspace.models)
        return engine.render(request, seed, 0, ignore, never).image

    return draw


def concept_numbers(renders: Renders, names: Sequence[str]) -> list[int | None]:
    """Return the concepts of names, None for what is none."""
    known: dict[str, int] = {}
    for number, concept in enumerate(renders.concepts):
        for name in concept.names:
            known.setdefault(name, number)
    return [known.get(name) for name in names]


def _concept(renders: Renders, names: Sequence[str]) -> int | None:
    """Return the concept that one of `names` names, None for none."""
    return next((number for number in concept_numbers(renders, names) if number is not None), None)


def interval(hits: torch.Tensor) -> tuple[float, float]:
    """Return the 95 % interval of the mean of (things, seeds) hits, things drawn anew."""
    generator = torch.Generator().manual_seed(0)
    drawn = torch.randint(len(hits), (SAMPLES, len(hits)), generator=generator)
    means = hits.float().mean(1)[drawn].mean(1)
    low, high = means.quantile(torch.tensor([0.025, 0.975])).tolist()
    return round(low, 3), round(high, 3)


def recognition(
    judge: nn.Module, by_seed: torch.Tensor, concept: Sequence[int]
) -> dict[str, float | tuple[float, float]]:
    """Return top-1 and top-10 with intervals of pictures (things, seeds, 4, 64, 64)."""
    things, seeds = by_seed.shape[:2]
    places = ranks(judge, by_seed.flatten(0, 1), torch.tensor(concept).repeat_interleave(seeds)).view(
        things, seeds
    )
    found: dict[str, float | tuple[float, float]] = {}
    for count in (1, 10):
        found[f"top-{count}"] = round(top(places.flatten(), count), 3)
        found[f"top-{count}, 95 %"] = interval(places < count)
    return found


def table(figures: Figures, name: str) -> None:
    """Print recognition, distances, variety and crispness of `common` or `held-out`, a row for each way of drawing."""
    prompts = figures.prompts(name)
    renders, judge = figures.judged()
    concept = [number for number in concept_numbers(renders, prompts) if number is not None]
    assert len(concept) == len(prompts)
    store, planner = figures.store, figures.planner
    asked = [planner.understand(prompt).reading.asked[0].thing for prompt in prompts]
    pairs = [(k, store.drawing(hand, one.name)) for k, one in enumerate(asked) for hand in one.hands]
    known = torch.stack([planes(rasterise(one, SIDE)) for _, one in pairs])
    numbers = torch.tensor([k for k, _ in pairs])
    large = torch.stack([planes(rasterise(one, LARGE)) for _, one in pairs[::4]])
    edges = metrics.edge_energy(known).mean(), metrics.edge_energy(large).mean()
    for style in ("vivid", *fair_judge.RELATED):
        show({"list": name, "row": f"real renders, {style}", **real(renders, judge, style, concept)})
    for row, draw in figures.rows().items():
        draw(prompts[0], 0)  # loads what is to be loaded
        began = time.process_time()
        drawn = [[draw(prompt, seed) for seed in range(SEEDS[name])] for prompt in prompts]
        seconds = (time.process_time() - began) / len(prompts) / SEEDS[name]
        by_seed = torch.stack([torch.stack([planes(one) for one in some]) for some in drawn])
        flat = by_seed.flatten(0, 1)
        thing = torch.arange(len(prompts)).repeat_interleave(SEEDS[name])
        told = {"list": name, "row": row, "pictures": len(flat), **recognition(judge, by_seed, concept)}
        told |= {
            "nearest exemplar": metrics.distances_to_exemplars(flat, thing, known, numbers).median().item(),
            "variety": metrics.variety(by_seed).median().item(),
            "overlap": metrics.silhouette_overlap(by_seed).median().item(),
            "crispness at 64": (metrics.edge_energy(flat).mean() / edges[0]).item(),
            "stray islands": metrics.stray_islands(flat).float().mean().item(),
            "clean alpha": clean_alpha(flat)["clean_share"],
            "seconds": seconds,
        }
        if row.startswith("composition"):
            sharp = torch.stack(
                [planes(figures.composed(one, k, side=LARGE)) for k, one in enumerate(prompts)]
            )
            told["crispness at 256"] = (metrics.edge_energy(sharp).mean() / edges[1]).item()
        show(told)
    show(
        {
            "list": name,
            "row": "exemplars of one thing by different hands",
            "variety": between_hands(known, numbers),
        }
    )


def between_hands(known: torch.Tensor, numbers: torch.Tensor) -> float:
    """Return the median distance of the first drawing of each thing to its other drawings."""
    found = []
    for number in numbers.unique().tolist():
        own = known[numbers == number]
        if len(own) > 1:
            found.append(metrics.aligned_distance(own[0], own[1:]).mean().item())
    return statistics.median(found)


def real(renders: Renders, judge: nn.Module, style: str, concept: Sequence[int]) -> dict[str, object]:
    """Return how well real renders of a style are recognised."""
    own = renders.of_styles([style])
    rows = {number: place for place, number in enumerate(own.concept.tolist())}
    there = [number for number in concept if number in rows]
    pictures = own.pixels[[rows[number] for number in there]].float()[:, None] / 255
    return {"pictures": len(there), **recognition(judge, pictures, there)}


def games_words(figures: Figures) -> None:
    """Print recognition of the words of games that a real render not in the store shows, beside that render."""
    renders, judge = figures.judged()
    style = fair_judge.RELATED[0]
    own = renders.of_styles([style])
    shown = set(own.concept.tolist())
    prompts, concept = [], []
    for prompt, number in zip(words := figures.prompts("rpg"), concept_numbers(renders, words), strict=True):
        if number is not None and number in shown:
            prompts.append(prompt)
            concept.append(number)
    show({"list": "rpg", "row": f"real renders, {style}", **real(renders, judge, style, concept)})
    for row, draw in figures.rows().items():
        by_seed = torch.stack(
            [torch.stack([planes(draw(one, seed)) for seed in range(2)]) for one in prompts]
        )
        show({"list": "rpg", "row": row, "words": len(prompts), **recognition(judge, by_seed, concept)})


def two_things(figures: Figures) -> None:
    """Print the share of prompts of two things of which the judge has both, and either, among its ten."""
    renders, judge = figures.judged()
    prompts = figures.prompts("pairs")
    chief = [
        [one.thing.names for one in figures.planner.understand(prompt).reading.asked] for prompt in prompts
    ]
    found = [[_concept(renders, names) for names in both] for both in chief]
    known = [place for place, both in enumerate(found) if len(both) == 2 and None not in both]
    prompts, numbers = [prompts[place] for place in known], [found[place] for place in known]
    for row, draw in figures.rows().items():
        if row.startswith("exemplar"):
            continue
        drawn = torch.stack([planes(draw(prompt, k)) for k, prompt in enumerate(prompts)])
        places = _seen(judge, drawn).argsort(1, descending=True).argsort(1)
        among = places.gather(1, torch.tensor(numbers)) < 10
        first, second = among[:, 0], among[:, 1]
        both, either = (first & second).float().mean().item(), (first | second).float().mean().item()
        show({"list": "pairs", "row": row, "prompts": len(prompts), "both": both, "either": either})


def _seen(judge: nn.Module, pictures: torch.Tensor) -> torch.Tensor:
    """Return the judge's scores of concepts, the best of the whole picture and of parts of it (`WINDOWS`)."""
    scores = [judge(pictures)]
    for left, top_, right, bottom in WINDOWS:
        part = pictures[:, :, int(top_ * SIDE) : int(bottom * SIDE), int(left * SIDE) : int(right * SIDE)]
        scores.append(judge(functional.interpolate(part, (SIDE, SIDE), mode="bilinear", antialias=True)))
    return torch.stack(scores).amax(0)


def styles_told(figures: Figures, minutes: float) -> None:
    """Print how often the judge of styles names the style that was asked for, of real renders and of compositions."""
    renders, _ = figures.judged()
    prompts = figures.prompts("common")[::3]
    unseen = torch.tensor([n for n in concept_numbers(renders, figures.prompts("common")) if n is not None])
    judge = fair_judge.judge_of_styles(renders, unseen, figures.work / "judge-styles.safetensors", minutes)
    names = fair_judge.STYLES
    for style in names:
        drawn = torch.stack([planes(figures.composed(prompt, k, style)) for k, prompt in enumerate(prompts)])
        own = renders.of_styles([style])
        held = own.pixels[torch.isin(own.concept, unseen)].float() / 255
        told = {"list": "styles", "row": style, "by rule": style in STYLES}
        for kind, pictures in (("real", held), ("composed", drawn)):
            if not len(pictures):
                continue
            with torch.inference_mode():
                answers = judge(pictures).argmax(1)
            told[kind] = (answers == names.index(style)).float().mean().item()
            told[f"{kind}, mostly"] = names[int(answers.mode().values)]
        show(told)


def show(row: dict[str, object]) -> None:
    """Print a row as JSON."""
    print(json.dumps({k: round(v, 3) if isinstance(v, float) else v for k, v in row.items()}), flush=True)


def main() -> None:
    """Run the step."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", nargs="+", choices=["common", "held-out", "rpg", "pairs", "styles"])
    parser.add_argument("--work", type=Path, default=HERE / ".work", help="work directory")
    parser.add_argument("--every", type=int, default=1, help="take every so many prompts")
    parser.add_argument("--strength", type=float, default=0.0, help="how far the network goes on")
    parser.add_argument(
        "--style-minutes", type=float, default=4, help="to teach the judge of styles, of processor time"
    )
    options = parser.parse_args()
    torch.set_num_threads(1)
    figures = Figures(options.work, options.every, options.strength)
    for what in options.what:
        if what in SEEDS:
            table(figures, what)
        elif what == "rpg":
            games_words(figures)
        elif what == "pairs":
            two_things(figures)
        else:
            styles_told(figures, options.style_minutes)


if __name__ == "__main__":
    main()
