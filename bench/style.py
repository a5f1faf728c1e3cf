"""What styles are worth: the judged set, planted outliers, and the time that a check takes.

python bench/style.py judged    # AUC of the distance on what was kept aside, and of which pairs it knows nothing
python bench/style.py planted   # is an outlier found first?
python bench/style.py time      # `style check` of 1,000 pictures, as a command
"""

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
from bench.judged_sprites import ALL_FAMILIES, FAMILIES, members

from audobon_cli.domain.units import Size
from audobon_cli.exemplars.cards.matching import WantedStyle, matched_scene
from audobon_cli.exemplars.picture import draw_scene
from audobon_cli.exemplars.plan import planner_of, store_of
from audobon_cli.exemplars.scene import Scene
from audobon_cli.exemplars.store import STORE
from audobon_cli.media.image.dress import dressed
from audobon_cli.media.image.pixels import Pixels, as_image, encode_png
from audobon_cli.styles.card import StyleCard
from audobon_cli.styles.distance import distance
from audobon_cli.styles.dressing import dress_of
from audobon_cli.styles.learn import learn
from audobon_cli.styles.look import Look
from audobon_cli.styles.pictures import looks_of

LEARNT, KEPT = 20, 5
"""Of each family: pictures that its card is learnt of, and pictures kept aside. Eight families: 200, 40 kept aside."""
TRIALS, SET = 100, 24
TIMED = 1000


def auc(within: list[float], beyond: list[float]) -> float:
    """The share of pairs in which what is within is nearer than what is beyond; ties count half."""
    one, other = np.array(within)[:, None], np.array(beyond)
    return float((one < other).mean() + (one == other).mean() / 2)


def looks(names: list[str], count: int, seed: int) -> dict[str, list[Look]]:
    """The looks of ``count`` members of each family."""
    return {name: looks_of([pixels for _, pixels in members(name, count, seed)]) for name in names}


def judged() -> None:
    """Cards of 20, and how far the 5 kept aside of each family are from each."""
    found = looks([*FAMILIES], LEARNT + KEPT, 1)
    cards = {name: learn(own[:LEARNT]) for name, own in found.items()}
    right = 0
    within: list[float] = []
    beyond: list[float] = []
    for (name, card), (other, own) in ((a, b) for a in cards.items() for b in found.items()):
        apart = [distance(look, card).total for look in own[LEARNT:]]
        (within if name == other else beyond).extend(apart)
        right += sum((one > card.limit) == (name != other) for one in apart)
    print(f"AUC on {len(within)} kept aside, of {len(found)} families: {auc(within, beyond):.4f}")
    print(f"at the cards' own limits: {right} of {len(within) + len(beyond)} verdicts right, ", end="")
    limits = [
        (distance(look, cards[name]).total > cards[name].limit)
        for name, own in found.items()
        for look in own[LEARNT:]
    ]
    print(f"{sum(limits)} of {len(within)} members called outliers")
    everything = looks([*ALL_FAMILIES], LEARNT + 20, 2)
    pairs = {(a, b): _pair(everything[a], everything[b]) for a, b in permutations(ALL_FAMILIES, 2)}
    print("all families, nearest pairs (card of the first, AUC against the second):")
    for (a, b), value in sorted(pairs.items(), key=lambda one: one[1])[:12]:
        print(f"  {a} | {b}: {value:.2f}")


def _pair(one: list[Look], other: list[Look]) -> float:
    card = learn(one[:LEARNT])
    return auc(_apart(one[LEARNT:], card), _apart(other[LEARNT:], card))


def _apart(some: list[Look], card: StyleCard) -> list[float]:
    return [distance(look, card).total for look in some]


def planted() -> None:
    """In each trial 24 pictures of a family and one of another, and a card learnt of all 25."""
    found = looks([*FAMILIES], 60, 4)
    chance = random.Random(7)
    first = 0
    missed: dict[str, int] = {}
    for _ in range(TRIALS):
        name, other = chance.sample([*FAMILIES], 2)
        mixed = [*chance.sample(found[name], SET), chance.choice(found[other])]
        apart = _apart(mixed, learn(mixed))
        if apart[-1] > max(apart[:-1]):
            first += 1
        else:
            missed[f"{other} among {name}"] = missed.get(f"{other} among {name}", 0) + 1
    print(f"planted outlier first: {first} of {TRIALS}; missed: {missed}")


def timed() -> None:
    """`audobon style check` of 1,000 sprites of 64 x 64 in a library: wall and processor time, start-up included."""
    with tempfile.TemporaryDirectory() as folder:
        art = Path(folder, "art")
        art.mkdir()
        pictures = [pixels for name in FAMILIES for _, pixels in members(name, 125, 5)]
        for number, pixels in enumerate(pictures[:TIMED]):
            (art / f"p{number:04}.png").write_bytes(encode_png(pixels))
        environment = {**os.environ, "HOME": folder, "OMP_NUM_THREADS": "2"}
        for name in ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"):
            environment.pop(name, None)

        def run(*arguments: str) -> tuple[float, float, str]:
            before, begun = os.times(), time.monotonic()
            command = [sys.executable, "-m", "audobon_cli", *arguments]
            made = subprocess.run(
                command, cwd=folder, env=environment, capture_output=True, text=True, check=True
            )
            after = os.times()
            spent = (
                after.children_user + after.children_system - before.children_user - before.children_system
            )
            return time.monotonic() - begun, spent, made.stdout

        run("init")
        run("assets", "import", "art")
        for _ in range(3):
            wall, spent, out = run("style", "check", "kind:sprite", "--json")
            count = len(json.loads(out.splitlines()[-1])["data"]["pictures"])
            print(f"{count} pictures: {wall:.2f} s, processor {spent:.2f} s")


PROMPTS = [
    "red dragon",
    "sword",
    "treasure chest",
    "potion",
    "wizard",
    "knight",
    "ghost",
    "apple",
    "castle",
    "golden key",
    "tree",
    "mushroom",
    "skull",
    "crown",
    "shield",
    "bow",
    "owl",
    "cat",
    "dog",
    "fish",
    "snake",
    "spider",
    "bat",
    "rocket",
    "car",
    "ship",
    "house",
    "fire",
    "star",
    "heart",
    "moon",
    "gem",
    "ring",
    "book",
    "lantern",
    "hammer",
    "axe",
    "bomb",
    "coin",
    "flower",
    "cactus",
    "pumpkin",
    "robot",
    "alien",
    "unicorn",
    "turtle",
    "frog",
    "bee",
    "crab",
    "penguin",
]
FILTERS, PATCH, RIDGE = 256, 6, 3.0
"""Of the classifier of looks: random patches of pictures as filters, their side, and the weight of the ridge."""


def style_of() -> None:
    """Fifty prompts, each in the style of one of seven cards of 24 pictures (plain is what is drawn anyway), in turn,
    against the same prompt and seed without it.

    The classifier of looks knows nothing of cards: it answers with which of the eight families a picture is of, by
    means and maxima of random patches of other pictures (Coates and others 2011), a ridge regression, and a softmax
    over its answers. What is shown is told by the shipped scorer: of the fifty prompts the one nearest to a picture.
    """
    plain, styled, wanted = [], [], []
    distances = []
    planner, store = planner_of(STORE), store_of(STORE)
    names = [name for name in FAMILIES if name != "plain"]
    cards = {name: learn(looks_of([pixels for _, pixels in members(name, 24, 77)])) for name in names}
    for number, prompt in enumerate(PROMPTS):
        name = names[number % len(names)]
        card, seed = cards[name], 1000 + number
        dress = replace(dress_of(card, Size(64, 64)), outline=0)

        def plan(style: str, side: int, prompt: str = prompt, seed: int = seed) -> Scene:
            return planner.scene(prompt, style, seed, side)

        scene = matched_scene(plan, store, 64, WantedStyle(card.to_json(), dress))
        before = np.array(draw_scene(plan("", 64), store, 64), dtype=np.uint8)
        after = np.array(dressed(draw_scene(scene, store, 64), dress), dtype=np.uint8)
        distances.append([distance(look, card).total for look in looks_of([before, after])])
        plain.append(before)
        styled.append(after)
        wanted.append([*FAMILIES].index(name))
    apart = np.array(distances)
    halved = apart[:, 1] <= apart[:, 0] / 2
    print(
        f"distance from the card: {apart[:, 0].mean():.2f} without, {apart[:, 1].mean():.2f} with; ", end=""
    )
    print(f"halved or better for {halved.sum()} of {len(halved)}")
    for place, name in enumerate(names):
        print(f"  {name}: {halved[place :: len(names)].sum()} of {len(halved[place :: len(names)])}")
    chances = _looks_classifier()
    rows = np.arange(len(PROMPTS))
    without, having = (1 - chances(some)[rows, wanted] for some in (plain, styled))
    print(
        f"classifier of looks, 1 - chance of the card's family: {without.mean():.3f} without, {having.mean():.3f} with"
    )
    before, after = (_ranks(some) for some in (plain, styled))
    for most in (1, 3, 5):
        print(
            f"its own prompt is among the {most} nearest: {(before < most).sum()} without, {(after < most).sum()} with"
        )
    for place, name in enumerate(names):
        own = slice(place, None, len(names))
        print(f"  {name}: nearest {(before[own] < 1).sum()} without, {(after[own] < 1).sum()} with")


def _looks_classifier() -> Callable[[Sequence[Pixels]], Any]:
    """What gives for pictures the chance of each family, shape (pictures, families)."""
    pictures, family = [], []
    for place, name in enumerate(FAMILIES):
        for _, pixels in members(name, 60, 31):
            pictures.append(pixels)
            family.append(place)
    chance = np.random.default_rng(3)
    patches = np.stack(
        [_patches(pictures[k])[chance.integers(0, 3000)] for k in chance.integers(0, len(pictures), FILTERS)]
    )
    patches -= patches.mean(axis=1, keepdims=True)
    patches /= np.linalg.norm(patches, axis=1, keepdims=True) + 0.5

    def features(some: Sequence[Pixels]) -> Any:
        rows = []
        for pixels in some:
            answers = _patches(pixels) @ patches.T
            rows.append(np.concatenate([answers.mean(axis=0), answers.max(axis=0), answers.std(axis=0)]))
        return np.stack(rows)

    known = features(pictures)
    mean, spread = known.mean(axis=0), known.std(axis=0) + 1e-6
    known = np.c_[(known - mean) / spread, np.ones(len(known))]
    right = np.eye(len(FAMILIES))[family]
    weights = np.linalg.solve(known.T @ known + RIDGE * np.eye(known.shape[1]), known.T @ right)
    fresh = [(place, pixels) for place, name in enumerate(FAMILIES) for _, pixels in members(name, 20, 32)]

    def chances(some: Sequence[Pixels]) -> Any:
        answers = 8 * np.c_[(features(some) - mean) / spread, np.ones(len(some))] @ weights
        raised = np.exp(answers - answers.max(axis=1, keepdims=True))
        return raised / raised.sum(axis=1, keepdims=True)

    told = chances([pixels for _, pixels in fresh]).argmax(axis=1)
    print(
        f"classifier of looks: right of {np.mean(told == [place for place, _ in fresh]):.2f} of 160 other pictures"
    )
    return chances


def _patches(pixels: Pixels) -> Any:
    """All patches of a picture of 64 x 64, colour multiplied by alpha: shape (n, PATCH * PATCH * 4)."""
    values = pixels.astype(np.float32) / 255
    values[..., :3] *= values[..., 3:]
    windows = np.lib.stride_tricks.sliding_window_view(values, (PATCH, PATCH), axis=(0, 1))
    return windows.reshape(-1, 4 * PATCH * PATCH)


def _ranks(pictures: Sequence[Pixels]) -> Any:
    """For each picture how many of the other prompts the scorer finds nearer to it than its own."""
    from audobon_cli.engines.scoring.image_scorer import ImageEmbedder
    from audobon_cli.engines.scoring.text_embedder import TextEmbedder

    built_in = STORE.parent
    texts = TextEmbedder(built_in / "sprite").embed(PROMPTS)
    points = ImageEmbedder(built_in / "scorer").embed([as_image(pixels) for pixels in pictures])
    near = points @ texts.T
    return (near > np.diag(near)[:, None]).sum(axis=1)


if __name__ == "__main__":
    for task in sys.argv[1:] or ["judged", "planted", "time", "of"]:
        {"judged": judged, "planted": planted, "time": timed, "of": style_of}[task]()
