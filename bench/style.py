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
from dataclasses import dataclass, replace
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


SEEDS = (1000, 2000, 3000)
"""The first seeds of three rounds of the prompts, in each of which a prompt meets another card."""


def style_of() -> None:
    """Fifty prompts three times, each in the style of one of seven cards of 24 pictures (plain is what is drawn
    anyway), in turn, against the same prompt and seed without it. The first round is the figure of docs/styles.md; all
    three say how much of it is chance.

    The classifier of looks knows nothing of cards: it answers with which of the eight families a picture is of, by
    means and maxima of random patches of other pictures (Coates and others 2011), a ridge regression, and a softmax
    over its answers. What is shown is told by two: by the shipped scorer, whose eyes also choose among scenes, and by a
    recogniser that has no part in the program (see _things_recogniser): of the fifty prompts the one nearest to a
    picture.
    """
    names = [name for name in FAMILIES if name != "plain"]
    cards = {name: learn(looks_of([pixels for _, pixels in members(name, 24, 77)])) for name in names}
    looks, things = _looks_classifier(), _things_recogniser()
    rounds = [_round(seed, shift, cards) for shift, seed in enumerate(SEEDS)]
    for seed, some in zip(SEEDS, rounds, strict=True):
        _told(f"seeds from {seed}", some, looks, things)
    _told("all", [one for some in rounds for one in some], looks, things)
    for name in names:
        _told(f"  {name}", [one for some in rounds for one in some if one.card == name], looks, things)


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A prompt (its place) without a card and with one, and the distances from the card."""

    prompt: int
    card: str
    before: Pixels
    after: Pixels
    apart: tuple[float, float]


def _round(first: int, shift: int, cards: dict[str, StyleCard]) -> list[_Drawn]:
    planner, store = planner_of(STORE), store_of(STORE)
    names = [*cards]
    drawn = []
    for number, prompt in enumerate(PROMPTS):
        name = names[(number + shift) % len(names)]
        card, seed = cards[name], first + number
        dress = replace(dress_of(card, Size(64, 64)), outline=0)

        def plan(style: str, side: int, prompt: str = prompt, seed: int = seed) -> Scene:
            return planner.scene(prompt, style, seed, side)

        scene = matched_scene(plan, store, 64, WantedStyle(card.to_json(), dress))
        before = np.array(draw_scene(plan("", 64), store, 64), dtype=np.uint8)
        after = np.array(dressed(draw_scene(scene, store, 64), dress), dtype=np.uint8)
        one, other = (distance(look, card).total for look in looks_of([before, after]))
        drawn.append(_Drawn(number, name, before, after, (one, other)))
    return drawn


def _told(
    what: str,
    some: Sequence[_Drawn],
    looks: Callable[[Sequence[Pixels]], Any],
    things: Callable[[Sequence[Pixels]], Any],
) -> None:
    """A line of the figures of ``some``."""
    apart = np.array([one.apart for one in some])
    halved = (apart[:, 1] <= apart[:, 0] / 2).sum()
    before, after = [one.before for one in some], [one.after for one in some]
    rows = np.arange(len(some))
    own = np.array([one.prompt for one in some])
    family = [[*FAMILIES].index(one.card) for one in some]
    other = [1 - looks(pictures)[rows, family].mean() for pictures in (before, after)]
    scorer = [(_ranks(pictures, own) < 1).sum() for pictures in (before, after)]
    recognised = [(things(pictures).argmax(axis=1) == own).sum() for pictures in (before, after)]
    print(
        f"{what}: distance {apart[:, 0].mean():.2f} to {apart[:, 1].mean():.2f}, halved for {halved} of {len(some)}; "
        f"other looks {other[0]:.3f} to {other[1]:.3f}; the scorer names {scorer[0]} to {scorer[1]}, "
        f"the recogniser {recognised[0]} to {recognised[1]}"
    )


LOOKS_LEARNT = ("", "vivid", "cartoon", "round", "soft", "flat", "outline", "silhouette", "glossy", "pixel")
"""Styles in which the recogniser has seen every thing."""


def _things_recogniser() -> Callable[[Sequence[Pixels]], Any]:
    """What gives for pictures how much each is of every prompt, shape (pictures, prompts).

    It knows things as somebody does who has seen each in every look: a ridge regression on what is where in a picture
    (lightness, colour and alpha on a grid of 16) and on orientations of edges on a grid of 8 (Dalal and Triggs 2005),
    learnt of four pictures of each prompt in each of LOOKS_LEARNT, of other seeds.
    """
    planner, store = planner_of(STORE), store_of(STORE)

    def pictures(seeds: Sequence[int]) -> list[Pixels]:
        return [
            np.array(draw_scene(planner.scene(prompt, style, seed, 64), store, 64), dtype=np.uint8)
            for prompt in PROMPTS
            for style in LOOKS_LEARNT
            for seed in seeds
        ]

    known = np.stack([_outlines(one) for one in pictures((50, 51, 52, 53))])
    mean, spread = known.mean(axis=0), known.std(axis=0) + 1e-3
    right = np.eye(len(PROMPTS)).repeat(4 * len(LOOKS_LEARNT), axis=0)
    inputs = (known - mean) / spread
    # In the dual, since there are about as many pictures as features.
    dual = np.linalg.solve(inputs @ inputs.T + 300 * np.eye(len(inputs)), right)
    weights = inputs.T @ dual

    def answers(some: Sequence[Pixels]) -> Any:
        return ((np.stack([_outlines(one) for one in some]) - mean) / spread) @ weights

    fresh = answers(pictures((70,))).argmax(axis=1)
    told = fresh == np.arange(len(PROMPTS)).repeat(len(LOOKS_LEARNT))
    print(f"recogniser of things: right of {told.mean():.2f} of {len(told)} other pictures")
    return answers


def _outlines(pixels: Pixels) -> Any:
    """Features of a picture of 64 x 64; see _things_recogniser."""
    values = pixels.astype(np.float32) / 255
    alpha = values[..., 3]
    ground = values[..., :3] * alpha[..., None] + 0.5 * (1 - alpha[..., None])
    grey = ground.mean(axis=-1)
    where = np.concatenate([ground - grey[..., None], grey[..., None], alpha[..., None]], axis=-1)
    where = where.reshape(16, 4, 16, 4, 5).mean(axis=(1, 3))
    edges = []
    for plane in (grey, alpha):
        down, across = np.gradient(plane)
        bins = ((np.arctan2(down, across) % np.pi) / np.pi * 8).astype(int) % 8
        strength = np.hypot(down, across)
        each = np.stack([np.where(bins == k, strength, 0) for k in range(8)], axis=-1)
        cells = each.reshape(8, 8, 8, 8, 8).sum(axis=(1, 3))
        edges.append(cells / (np.linalg.norm(cells, axis=-1, keepdims=True) + 0.5))
    return np.concatenate([where.ravel(), *(one.ravel() for one in edges)])


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


def _ranks(pictures: Sequence[Pixels], own: Any) -> Any:
    """For each picture how many of the other prompts the scorer finds nearer to it than its own, ``own``."""
    from audobon_cli.engines.scoring.image_scorer import ImageEmbedder
    from audobon_cli.engines.scoring.text_embedder import TextEmbedder

    built_in = STORE.parent
    texts = TextEmbedder(built_in / "sprite").embed(PROMPTS)
    points = ImageEmbedder(built_in / "scorer").embed([as_image(pixels) for pixels in pictures])
    near = points @ texts.T
    return (near > near[np.arange(len(pictures)), own][:, None]).sum(axis=1)


if __name__ == "__main__":
    for task in sys.argv[1:] or ["judged", "planted", "time", "of"]:
        {"judged": judged, "planted": planted, "time": timed, "of": style_of}[task]()
