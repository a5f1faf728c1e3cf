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
from itertools import permutations
from pathlib import Path

import numpy as np
from bench.judged_sprites import ALL_FAMILIES, FAMILIES, members

from audobon_cli.media.image.pixels import encode_png
from audobon_cli.styles.card import StyleCard
from audobon_cli.styles.distance import distance
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


if __name__ == "__main__":
    for task in sys.argv[1:] or ["judged", "planted", "time"]:
        {"judged": judged, "planted": planted, "time": timed}[task]()
