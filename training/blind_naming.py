"""Pictures to be named by somebody who does not know what was asked for.

    python blind_naming.py names FOLDER          100 pictures on four numbered sheets, and key.json, not to be opened
    python blind_naming.py pixels FOLDER         the same as pixel art, a quarter each on grids of 16, 24, 32 and 48
    python blind_naming.py pairs FOLDER          the prompts of two things, shuffled: both are to be named
    python blind_naming.py styles FOLDER         pictures in the seven styles that are rules, shuffled: which is it?
    python blind_naming.py attributes FOLDER     pairs: a thing as it is, and changed by one word
    python blind_naming.py variety FOLDER        50 prompts, four seeds in a row
    python blind_naming.py score FOLDER ANSWERS  the answers ("12 rat" a line) beside the key

Prompts are drawn from `evaluation_prompts.toml` by a number that nobody has chosen; it is in the key. Answers are
written to a file, and kept where they cannot be changed, before `score` shows the key. It counts those that are the
very words and lists the rest: whether another name is right is for people to say.
"""

from __future__ import annotations

import argparse
import json
import random
import secrets
import tomllib
from pathlib import Path
from typing import NamedTuple

from audobon_cli.exemplars.attributes import RULES
from audobon_cli.exemplars.picture import draw_scene
from audobon_cli.exemplars.plan import GRIDS, PIXEL, Planner
from audobon_cli.exemplars.store import ExemplarStore
from PIL import Image

from contact_sheet import contact_sheet

PROMPTS_FILE = Path(__file__).with_name("evaluation_prompts.toml")
SIDE = 128
A_SHEET = 25
COLUMNS = 5
NAMED = {"common": 40, "rpg": 60}
"""How many prompts of each list are named."""

RULED = ("flat", "outline", "silhouette", "glossy", "clipart", "3d", "pixel")
"""Styles whose names say what is to be seen; the others are names of hands."""

OF_EACH_STYLE = 7
PAIRS_OF_EACH = 3
VARIED = 50
SEEDS = 4


class Shown(NamedTuple):
    """A picture to be made: the words, and what is asked of whoever looks."""

    prompt: str
    seed: int
    style: str = ""
    side: int = SIDE


def read_prompts() -> dict[str, list[str]]:
    """Return the lists of prompts by their names."""
    prompts: dict[str, list[str]] = tomllib.loads(PROMPTS_FILE.read_text(encoding="utf-8"))
    return prompts


def named(chance: random.Random, pixels: bool) -> list[Shown]:
    """Return 100 prompts in shuffled order."""
    lists = read_prompts()
    taken: list[str] = []
    for name, count in NAMED.items():
        taken += chance.sample([one for one in lists[name] if one not in taken], count)
    chance.shuffle(taken)
    style = PIXEL if pixels else ""
    sides = [GRIDS[place % len(GRIDS)] if pixels else SIDE for place in range(len(taken))]
    return [Shown(one, chance.randrange(10_000), style, side) for one, side in zip(taken, sides, strict=True)]


def two_named(chance: random.Random) -> list[Shown]:
    """Return all prompts of two things in shuffled order."""
    prompts = read_prompts()["pairs"]
    chance.shuffle(prompts)
    return [Shown(prompt, chance.randrange(10_000)) for prompt in prompts]


def styled(chance: random.Random) -> list[Shown]:
    """Return things in each style of `RULED`, in shuffled order; the prompt is the style's name."""
    styles = [style for style in RULED for _ in range(OF_EACH_STYLE)]
    chance.shuffle(styles)
    things = chance.sample(read_prompts()["common"], len(styles))
    return [
        Shown(thing, chance.randrange(10_000), style) for thing, style in zip(things, styles, strict=True)
    ]


def changed(chance: random.Random) -> list[Shown]:
    """Return pairs, one after the other: a thing as it is, and with an attribute, by the same seed."""
    words = [word for word in RULES for _ in range(PAIRS_OF_EACH)]
    chance.shuffle(words)
    things = chance.sample(read_prompts()["common"], len(words))
    found = []
    for word, thing in zip(words, things, strict=True):
        seed = chance.randrange(10_000)
        found += [Shown(thing, seed), Shown(f"{word} {thing}", seed)]
    return found


def varied(chance: random.Random) -> list[Shown]:
    """Return four neighbouring seeds for each of some prompts."""
    lists = read_prompts()
    prompts = chance.sample(sorted({*lists["common"], *lists["rpg"]}), VARIED)
    starts = [chance.randrange(10_000) for _ in prompts]
    return [Shown(p, start + k) for p, start in zip(prompts, starts, strict=True) for k in range(SEEDS)]


def draw(shown: Shown, planner: Planner, store: ExemplarStore) -> Image.Image:
    """Return the picture at 128 x 128 at least; a clear one where nothing is near."""
    if not planner.understand(shown.prompt).drawable:
        return Image.new("RGBA", (SIDE, SIDE))
    image = draw_scene(planner.scene(shown.prompt, shown.style, shown.seed, shown.side), store, shown.side)
    whole = image.resize([max(1, SIDE // image.width) * image.width] * 2, Image.Resampling.NEAREST)
    square = Image.new("RGBA", (SIDE, SIDE))
    square.paste(whole, ((SIDE - whole.width) // 2,) * 2)
    return square


def make(kind: str, folder: Path) -> None:
    """Write numbered sheets and the key."""
    number = secrets.randbelow(2**32)
    chance = random.Random(number)
    shown, columns, step = named(chance, kind == "pixels"), COLUMNS, 1
    if kind == "pairs":
        shown = two_named(chance)
    elif kind == "styles":
        shown = styled(chance)
    elif kind == "attributes":
        shown, columns, step = changed(chance), 6, 2
    elif kind == "variety":
        shown, columns, step = varied(chance), 8, SEEDS
    store = ExemplarStore()
    planner = Planner(store)
    folder.mkdir(parents=True)
    images = [draw(one, planner, store) for one in shown]
    labels = [f"{place // step + 1}" for place in range(len(shown))]
    a_sheet = A_SHEET if step == 1 else columns * 5
    for first in range(0, len(shown), a_sheet):
        sheet = contact_sheet(images[first : first + a_sheet], labels[first : first + a_sheet], columns)
        sheet.resize([round(side * 1.25) for side in sheet.size]).save(
            folder / f"sheet-{first // a_sheet + 1}.png"
        )
    rows = [one._asdict() for one in shown[step - 1 :: step]]
    (folder / "key.json").write_text(json.dumps({"number": number, "shown": rows}), encoding="utf-8")


def score(folder: Path, answers: Path) -> None:
    """Print how many answers are the very words, and the others beside what was asked for."""
    key = json.loads((folder / "key.json").read_text(encoding="utf-8"))["shown"]
    told = dict(line.split(maxsplit=1) for line in answers.read_text(encoding="utf-8").splitlines() if line)
    right = 0
    for place, row in enumerate(key, 1):
        answer = told.get(str(place), "nothing").strip()
        same = row["prompt"] == answer or row["prompt"].split()[0] == answer
        right += same
        if not same:
            side = f", {row['side']} px" if row["style"] == PIXEL else ""
            print(f"{place}: asked {row['prompt']}, told {answer}{side}")
    print(f"{right} of {len(key)} by the very words")


def main() -> None:
    """Run the step."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "what", choices=["names", "pixels", "pairs", "styles", "attributes", "variety", "score"]
    )
    parser.add_argument("folder", type=Path, help="sheets and key")
    parser.add_argument("answers", type=Path, nargs="?", help="for score")
    options = parser.parse_args()
    if options.what == "score":
        score(options.folder, options.answers)
    else:
        make(options.what, options.folder)


if __name__ == "__main__":
    main()
