"""The twelve sprites in README are what the commands beside them make.

After a change that is meant, ``RECORD_SCREENS=1 pytest -n 0 tests/exemplars/test_readme_pictures.py`` makes the picture
again.
"""

import json
import os
import re
import shlex
from pathlib import Path

import numpy as np
from PIL import Image

from tests.conftest import Audobon

ROOT = Path(__file__).parents[2]
PICTURE = ROOT / "docs" / "images" / "sprites.png"
SIDE, GAP, COLUMNS = 128, 12, 6

TOLERANCE = 2
"""Of 255: what ``reproduce`` allows between machines."""


def sheet(pictures: list[Image.Image]) -> Image.Image:
    """All pictures on white, six to a row."""
    rows = -(-len(pictures) // COLUMNS)
    made = Image.new("RGB", (COLUMNS * (SIDE + GAP) + GAP, rows * (SIDE + GAP) + GAP), "white")
    for place, picture in enumerate(pictures):
        corner = GAP + place % COLUMNS * (SIDE + GAP), GAP + place // COLUMNS * (SIDE + GAP)
        made.paste(picture, corner, picture)
    return made


def test_the_commands_make_the_picture(audobon: Audobon) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    before = text[: text.index("(docs/images/sprites.png)")]
    block = re.findall(r"```bash\n(.*?)```", before, re.DOTALL)[-1]
    pictures = []
    audobon("init")
    for line in block.splitlines():
        made = audobon(*shlex.split(line)[1:], "--json")
        assert made.status == 0, made.err
        made_here = json.loads(made.out.splitlines()[-1])["data"]["assets"]
        pictures += [Image.open(one["path"]).convert("RGBA") for one in made_here]
    assert len(pictures) == 12
    drawn = sheet(pictures)
    if os.environ.get("RECORD_SCREENS"):
        drawn.save(PICTURE, optimize=True)
    shown = np.asarray(Image.open(PICTURE).convert("RGB")).astype(int)
    assert np.abs(np.asarray(drawn).astype(int) - shown).max() <= TOLERANCE
