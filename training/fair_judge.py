"""The judges of composed pictures: what is shown, and in which style; taught by hands that the store does not hold.

The judge of things (`template_judge.py`) knows six hands (Twemoji and line drawings made of it, EmojiOne 1 and 2,
OpenMoji, Streamline), so that drawings of the store, what is composed of them, and other renders by the store's
artists are all new to it. The judge of styles learns real renders of each style, without the 100 common prompts.
Both are local: nothing of them ships.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch.nn import functional

from concepts import read_concepts
from evaluator import Evaluator, ranks, top, train_evaluator
from judging import Renders
from pictures import read_labels, render_pictures
from sources import read_sources
from template_judge import TemplateJudge

HERE = Path(__file__).parent
LISTS = ("sources.toml", "exemplar_sources.toml", "judge_sources.toml")

JUDGES = ("flat", "outline", "clipart", "comic", "open", "first")
"""Styles of the hands that the judge of things knows."""

STORE = ("vivid", "cartoon", "round", "soft")
"""Styles of the hands whose drawings the store holds."""

RELATED = ("3d", "glossy")
"""Styles by an artist of the store that the store does not hold: real renders that are new to judge and store."""

STYLES = (*STORE, *RELATED, "flat", "outline", "clipart", "silhouette")
"""What the judge of styles tells apart; pixel art is told by its grid."""


def judge_renders(work: Path) -> Renders:
    """Return all concepts by all hands at 64 x 64, rendered at the first call (3 minutes)."""
    sources = {key: one for name in LISTS for key, one in read_sources(HERE / name).items()}
    emojibase = sources["emojibase"].folder(work)
    concepts = read_concepts(emojibase)
    path = work / "judge-pictures.safetensors"
    if not path.is_file():
        wanted = {*JUDGES, *STYLES}
        families = [one for one in sources.values() if one.holds_icons and one.style in wanted]
        pictures = render_pictures(concepts, families, work, read_labels(emojibase))
        number = {concept.code_point: place for place, concept in enumerate(concepts)}
        styles = sorted(wanted)
        tensors = {
            "pixels": torch.stack([torch.from_numpy(one.pixels) for one in pictures]),
            "concept": torch.tensor([number[one.concept.code_point] for one in pictures]),
            "family": torch.tensor([styles.index(one.family.style) for one in pictures]),
        }
        save_file(tensors, path, {"styles": json.dumps(styles)})
    with safe_open(path, "pt") as tensors:
        pixels = tensors.get_tensor("pixels").permute(0, 3, 1, 2).contiguous()
        styles = json.loads(tensors.metadata()["styles"])
        return Renders(pixels, tensors.get_tensor("concept"), tensors.get_tensor("family"), concepts, styles)


def judge_of_styles(renders: Renders, unseen: torch.Tensor, path: Path, minutes: float) -> Evaluator:
    """Return the judge of `STYLES`, taught if it is not there by concepts that are not among the numbers `unseen`."""
    if not path.is_file():
        known = renders.of_styles(list(STYLES))
        kept = ~torch.isin(known.concept, unseen)
        places = torch.tensor([STYLES.index(one) if one in STYLES else -1 for one in renders.styles])
        style = places[known.style[kept]]
        taught = Renders(known.pixels[kept], style, style, list(STYLES), list(STYLES))  # type: ignore[arg-type]
        model, seen = train_evaluator(taught, minutes, posed, clock=time.process_time)
        save_file(model.state_dict(), path, {"seen": str(seen)})
    return _read(path, len(STYLES))


def posed(pixels: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Return float pictures in [0, 1], mirrored, turned, stretched and moved a little: the style stays as it is."""
    count = len(pixels)

    def draw(low: float, high: float) -> torch.Tensor:
        return torch.rand(count, generator=generator) * (high - low) + low

    mirror = torch.where(draw(0, 1) < 0.5, -1.0, 1.0)
    angle, wide, tall = draw(-0.2, 0.2), draw(0.9, 1.15), draw(0.9, 1.15)
    across, along = torch.cos(angle), torch.sin(angle)
    turn = torch.stack(
        [
            torch.stack([across * mirror * wide, -along * tall, draw(-0.08, 0.08)], dim=1),
            torch.stack([along * mirror * wide, across * tall, draw(-0.08, 0.08)], dim=1),
        ],
        dim=1,
    )
    values = pixels.float() / 255
    grid = functional.affine_grid(turn, list(values.shape), align_corners=False)
    return functional.grid_sample(values, grid, align_corners=False)


def _read(path: Path, count: int) -> Evaluator:
    with safe_open(path, "pt") as tensors:
        weights = {name: tensors.get_tensor(name) for name in tensors.keys()}  # noqa: SIM118, no mapping
    model = Evaluator(count)
    model.load_state_dict(weights)
    return model.eval()


def main() -> None:
    """Say how good the judge of things is on hands that it has not seen."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, default=HERE / ".work", help="work directory")
    options = parser.parse_args()
    torch.set_num_threads(1)
    renders = judge_renders(options.work)
    judge = TemplateJudge(renders.of_styles(list(JUDGES)))
    for style in (*STORE, *RELATED):
        real = renders.of_styles([style])
        places = ranks(judge, real.pixels.float() / 255, real.concept)
        told = {"style": style, "pictures": len(places), "top1": top(places, 1), "top10": top(places, 10)}
        print(
            json.dumps({key: round(one, 3) if isinstance(one, float) else one for key, one in told.items()})
        )


if __name__ == "__main__":
    main()
