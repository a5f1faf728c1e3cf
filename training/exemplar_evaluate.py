"""Judges the second sprite model beside real renders, exemplars as they are, and the first model on two roads.

Every row shows the same things: the 60 held out, in the style `vivid`, from an exemplar in the style `cartoon`. The
judge (`evaluator.py`, held out from vivid, 3d, glossy, cartoon and round) and the judge of styles have seen no drawn
pictures; the judge of styles has not seen the held-out things.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from diffusers import StableDiffusionPipeline
from PIL import Image
from safetensors.torch import load_file, save_file
from torch.nn.functional import avg_pool2d

from contact_sheet import contact_sheet
from evaluator import Evaluator, load_evaluator, ranks, top, train_evaluator
from exemplar_drawing import Painter, Settings
from exemplar_metrics import distances_to_exemplars, edge_energy, silhouette_overlap, stray_islands, variety
from exemplar_pack import MODEL
from judging import Renders, read_renders
from metrics import clean_alpha

STYLE, EXEMPLAR_STYLE = "vivid", "cartoon"
SAME_HANDS = ["vivid", "3d", "glossy"]
REAL = "real renders"
JUDGE_HELD_OUT = ["vivid", "3d", "glossy", "cartoon", "round"]
FIRST_STEPS, FIRST_GUIDANCE = 20, 4.0
FIRST_SEED = 1000


@dataclass(frozen=True, slots=True)
class Scene:
    """What is drawn: things, their names, and pictures of them at 128 x 128 by hand; all exemplars at 64 x 64.

    Attributes:
        things: (N,) numbers.
        names: Their main names.
        exemplars: (N, 4, 128, 128) in [0, 1].
        real: (N, 4, 64, 64), by the hand that is asked for.
        pixels: (all, 4, 64, 64) uint8; `thing` and `hand` (all,) say what each is.
    """

    things: torch.Tensor
    names: list[str]
    exemplars: torch.Tensor
    real: torch.Tensor
    pixels: torch.Tensor
    thing: torch.Tensor
    hand: torch.Tensor
    hands: list[str]
    held_out: torch.Tensor


def read_scene(work: Path, count: int) -> Scene:
    """Read the held-out things, the first `count` of them."""
    table = json.loads((work / "exemplar" / "things.json").read_text(encoding="utf-8"))
    data = load_file(work / "exemplar" / "pictures.safetensors")
    large, thing, hand, hands = (
        data["pixels"].permute(0, 3, 1, 2),
        data["thing"],
        data["hand"],
        table["hands"],
    )
    held = torch.tensor(table["held_out"])
    things = held[:count]

    def by(style: str) -> torch.Tensor:
        rows = [int(((thing == one) & (hand == hands.index(style))).nonzero()[0]) for one in things.tolist()]
        return large[rows].float() / 255

    small = torch.cat([avg_pool2d(part.float(), 2).round().byte() for part in large.split(512)])
    names = [table["things"][number]["names"][0] for number in things.tolist()]
    return Scene(things, names, by(EXEMPLAR_STYLE), avg_pool2d(by(STYLE), 2), small, thing, hand, hands, held)


def judge_of_things(work: Path, path: Path, minutes: float) -> Evaluator:
    """Return the judge, taught now if it is not there."""
    if not path.is_file():
        renders = read_renders(work).without_styles(JUDGE_HELD_OUT)
        model, seen = train_evaluator(renders, minutes)
        notes = {"held_out": json.dumps(JUDGE_HELD_OUT), "seen": str(seen), "seed": "41"}
        save_file(model.state_dict(), path, notes)
    return load_evaluator(path)[0]


def judge_of_styles(scene: Scene, path: Path, minutes: float) -> Evaluator:
    """Return a network that names a picture's hand, taught now if it is not there, by things that are not held out."""
    if not path.is_file():
        known = ~torch.isin(scene.thing, scene.held_out)
        hand = scene.hand[known]
        renders = Renders(scene.pixels[known], hand, hand, list(scene.hands), scene.hands)  # type: ignore[arg-type]
        model, seen = train_evaluator(renders, minutes, mirrored_and_moved)
        save_file(model.state_dict(), path, {"held_out": "things", "seen": str(seen), "seed": "41"})
    return load_evaluator(path)[0]


def mirrored_and_moved(pixels: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Return float pictures in [0, 1], mirrored and moved by up to 4 pixels: the style stays as it is."""
    values = pixels.float() / 255
    mirrored = torch.rand(len(values), 1, 1, 1, generator=generator) < 0.5
    down, right = torch.randint(-4, 5, (2,), generator=generator).tolist()
    return torch.where(mirrored, values.flip(3), values).roll((down, right), (2, 3))


class FirstModel:
    """The first model, by words alone or from an exemplar (image-to-image)."""

    def __init__(self) -> None:
        self.pipeline = StableDiffusionPipeline.from_pretrained(MODEL, torch_dtype=torch.float32)
        self.pipeline.set_progress_bar_config(disable=True)

    @torch.inference_mode()
    def draw(self, text: str, exemplar: torch.Tensor | None, strength: float, seed: int) -> torch.Tensor:
        """Return a picture (4, 64, 64); `exemplar` is (4, 128, 128)."""
        scheduler = self.pipeline.scheduler
        scheduler.set_timesteps(FIRST_STEPS)
        times = scheduler.timesteps
        latents = torch.randn(1, 48, 8, 8, generator=torch.Generator().manual_seed(seed))
        if exemplar is not None:
            times = times[FIRST_STEPS - round(FIRST_STEPS * strength) :]
            start = self.pipeline.vae.encode(avg_pool2d(exemplar[None], 2) * 2 - 1).latent_dist.mode()
            latents = scheduler.add_noise(start, latents, times[:1])
        drawn: torch.Tensor = self.pipeline(
            text, latents=latents, timesteps=times.tolist(), guidance_scale=FIRST_GUIDANCE, output_type="pt"
        ).images[0]
        return drawn.clamp(0, 1)


Draw = Callable[[str, torch.Tensor, int], torch.Tensor]


def rows(model: Path | None, settings: Settings) -> Iterator[tuple[str, Draw]]:
    """Give each way of drawing and its name; pictures are (4, 64, 64)."""
    first = FirstModel()
    yield "first model, words alone", lambda text, shown, seed: first.draw(text, None, 1.0, seed)
    for strength in (0.5, 0.7):
        yield (
            f"first model from exemplar, {strength}",
            lambda text, shown, seed, strength=strength: first.draw(text, shown, strength, seed),
        )
    if model is None:
        return
    painter = Painter(model, MODEL)
    for strength in (0.6, 0.8, 0.9, 0.95, 1.0):
        how = replace(settings, strength=strength)
        yield (
            f"second model, {strength}",
            lambda text, shown, seed, how=how: avg_pool2d(painter.draw(text, shown, how, seed), 2),
        )


def figures(
    name: str, drawn: torch.Tensor, scene: Scene, judge: Evaluator | None, stylist: Evaluator
) -> dict[str, float | str]:
    """Return a row of the table for pictures (N, seeds, 4, 64, 64).

    Real renders are compared with exemplars by other hands only, for they are exemplars themselves.
    """
    flat = drawn.flatten(0, 1)
    things = scene.things.repeat_interleave(drawn.shape[1])
    same = torch.tensor([scene.hands.index(hand) for hand in SAME_HANDS if name == REAL], dtype=torch.long)
    others = ~torch.isin(scene.hand, same)
    exemplar = distances_to_exemplars(flat, things, scene.pixels[others].float() / 255, scene.thing[others])
    with torch.inference_mode():
        style = stylist(flat).argmax(1)
    row: dict[str, float | str] = {
        "row": name,
        "pictures": len(flat),
        "nearest_exemplar": exemplar.median().item(),
        "crispness": (edge_energy(flat).mean() / edge_energy(scene.real).mean()).item(),
        "stray_islands": stray_islands(flat).float().mean().item(),
        "clean_alpha": clean_alpha(flat)["clean_share"],
        "style": (style == scene.hands.index(STYLE)).float().mean().item(),
    }
    if judge is not None:
        places = ranks(judge, flat, things)
        row |= {"top1": top(places, 1), "top10": top(places, 10)}
    if drawn.shape[1] > 1:
        row |= {
            "variety": variety(drawn).median().item(),
            "overlap": silhouette_overlap(drawn).median().item(),
        }
    return {key: round(value, 3) if isinstance(value, float) else value for key, value in row.items()}


def main() -> None:
    """Print a row of figures for each way of drawing; write them, and a sheet."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--work", type=Path, default=Path(__file__).with_name(".work"), help="rendered pictures"
    )
    parser.add_argument("--model", type=Path, help="the second model's folder")
    parser.add_argument("--things", type=int, default=60)
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument(
        "--judge-minutes", type=float, default=11, help="to teach the judge of things; 0: do without it"
    )
    parser.add_argument("--stylist-minutes", type=float, default=6, help="to teach the judge of styles")
    parser.add_argument("--three-passes", action="store_true", help="the denoiser has not learned guidance")
    parser.add_argument("--out", type=Path, default=Path("exemplar_evaluation.json"))
    parser.add_argument("--sheet", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    scene = read_scene(options.work, options.things)
    judge = None
    if options.judge_minutes:
        judge = judge_of_things(options.work, options.work / "judge-fair.safetensors", options.judge_minutes)
    stylist = judge_of_styles(scene, options.work / "judge-styles.safetensors", options.stylist_minutes)
    shown = avg_pool2d(scene.exemplars, 2)
    table = [
        figures(REAL, scene.real[:, None], scene, judge, stylist),
        figures("exemplar as it is", shown[:, None], scene, judge, stylist),
    ]
    sheets = [shown, scene.real]
    for row in table:
        print(json.dumps(row), flush=True)
    for name, draw in rows(options.model, Settings(one_pass=not options.three_passes)):
        began = time.process_time()
        drawn = torch.stack(
            [
                torch.stack(
                    [draw(f"{words}, {STYLE} style", one, FIRST_SEED + seed) for seed in range(options.seeds)]
                )
                for words, one in zip(scene.names, scene.exemplars, strict=True)
            ]
        )
        row = figures(name, drawn, scene, judge, stylist)
        row["seconds"] = round((time.process_time() - began) / drawn.shape[:2].numel(), 2)
        table.append(row)
        sheets.append(drawn[:, 0])
        print(json.dumps(row), flush=True)
        options.out.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")
    if options.sheet:
        save_sheet(
            sheets, ["exemplar", "real", *[str(row["row"]) for row in table[2:]]], scene.names, options.sheet
        )


def save_sheet(
    columns: list[torch.Tensor], heads: list[str], names: list[str], path: Path, count: int = 12
) -> None:
    """Lay out the first `count` things, a way of drawing in each row of the sheet."""
    images, labels = [], []
    for head, pictures in zip(heads, columns, strict=True):
        for name, picture in zip(names[:count], pictures, strict=False):
            pixels = (picture.permute(1, 2, 0) * 255 + 0.5).byte().numpy()
            images.append(Image.fromarray(pixels, "RGBa").convert("RGBA"))
            labels.append(name if head == heads[0] else head)
    contact_sheet(images, labels, min(count, len(names))).quantize(128).save(path, optimize=True)


if __name__ == "__main__":
    main()
