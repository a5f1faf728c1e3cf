"""What choosing among candidates and agreement with words are worth, on the judged sprites.

python -m bench.candidates       # on the 40 kept aside: the figures of docs/quality.md
python -m bench.candidates own   # on the 160 that limits are set on
"""

import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from bench.judged_faults import FAULTS, KEPT, LEARNT
from bench.judged_sprites import FAMILIES, members
from bench.style import STORE, auc
from PIL import Image
from tests.builtin_model import builtin_request

from audobon_cli.domain.model import Model
from audobon_cli.engines.scoring.agreement import PASSES, Agreement
from audobon_cli.engines.scoring.image_scorer import ImageScorer
from audobon_cli.generation.judging import JudgingScorer, soundness
from audobon_cli.media.image.pixels import Pixels, as_image

OF = 4
"""Candidates in a choice."""


def named(part: str) -> list[tuple[str, str, Image.Image]]:
    """Family, words and picture of each."""
    found = []
    for family in FAMILIES:
        own = list(members(family, LEARNT + KEPT, 11))
        for thing, pixels in own[:LEARNT] if part == "own" else own[LEARNT:]:
            found.append((family, thing.replace("-", " "), as_image(pixels)))
    return found


def measure(part: str) -> None:
    """Agreement of right and others' words; and which of four is chosen, for faults and for words."""
    mine = builtin_request().model
    scorer = ImageScorer(STORE.parent / "scorer", STORE.parent / "sprite")
    rows = named(part)
    _agreement(rows, Agreement(scorer))

    def own(contents: Sequence[Image.Image], text: str, model: Model) -> tuple[float, ...]:
        return scorer.scores(contents, text)

    judged = JudgingScorer(own, lambda: mine)
    other = replace(mine, scorer=None)
    rules = {
        "both": lambda images, text: judged(images, text, other),
        "faults alone": lambda images, text: [soundness(one) for one in images],
        "words alone": scorer.scores,
    }
    sets = {"sound": _among_faulty(rows), "right": _among_others(rows)}
    for name, choices in sets.items():
        for rule, scores in rules.items():
            right = sum(_first_is_chosen(scores, text, images) for text, images in choices)
            print(f"{name} one of {OF}, {rule}: {right} of {len(choices)}", flush=True)


def _first_is_chosen(
    scores: Callable[[Sequence[Image.Image], str], Sequence[float]], text: str, images: Sequence[Image.Image]
) -> bool:
    """Whether the first is chosen, wherever it stands: of equals the first in a row is taken."""
    order = random.Random(text).sample(range(len(images)), len(images))
    return order[int(np.argmax(scores([images[place] for place in order], text)))] == 0


def _agreement(rows: Sequence[tuple[str, str, Image.Image]], judge: Agreement) -> None:
    chance = random.Random(5)
    right = np.array([judge.score(image, text).share for _, text, image in rows])
    texts = [text for _, text, _ in rows]
    others = [texts[(place + chance.randrange(1, len(rows))) % len(rows)] for place in range(len(rows))]
    wrong = np.array(
        [judge.score(image, other).share for (*_, image), other in zip(rows, others, strict=True)]
    )
    tiles = np.array([family == "tiles" for family, *_ in rows])
    for name, some in (("all", np.ones(len(rows), dtype=bool)), ("without tiles", ~tiles), ("tiles", tiles)):
        own, their = right[some], wrong[some]
        print(
            f"agreement, {name}: {some.sum()} pictures, AUC {auc([*-own], [*-their]):.3f}; below {PASSES}: "
            f"{(own < PASSES).sum()} with their own words, {(their < PASSES).sum()} with others'"
        )


def _among_faulty(rows: Sequence[tuple[str, str, Image.Image]]) -> list[tuple[str, list[Image.Image]]]:
    """Each picture, and the same with three faults planted, one each."""
    choices = []
    for place, (_, text, image) in enumerate(rows):
        chance = random.Random(f"faults {place}")
        pixels: Pixels = np.array(image)
        kinds = [fault for fault in FAULTS if fault != "off_palette"]
        chance.shuffle(kinds)
        made = (FAULTS[kind](pixels, chance) for kind in kinds)
        faulty = [as_image(one) for one in made if one is not None][: OF - 1]
        choices.append((text, [image, *faulty]))
    return choices


def _among_others(rows: Sequence[tuple[str, str, Image.Image]]) -> list[tuple[str, list[Image.Image]]]:
    """Each picture, and three other things of its family."""
    choices = []
    for place, (family, text, image) in enumerate(rows):
        chance = random.Random(f"words {place}")
        others = [row[2] for number, row in enumerate(rows) if row[0] == family and number != place]
        choices.append((text, [image, *chance.sample(others, OF - 1)]))
    return choices


if __name__ == "__main__":
    for task in sys.argv[1:] or ["kept"]:
        measure(task)
