"""The contact sheet of compositions: the prompts of `sheet` in `evaluation_prompts.toml`, the seeds 1000, 1001 ...

`python composition_sheet.py ../docs/images/composed.png`. Nothing is picked out; what nothing is near stays empty.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from audobon_cli.exemplars.plan import Planner
from audobon_cli.exemplars.store import ExemplarStore

from blind_naming import Shown, draw, read_prompts
from contact_sheet import contact_sheet

FIRST_SEED = 1000
COLUMNS = 8


def main() -> None:
    """Run the step."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("picture", type=Path, help="PNG to write")
    options = parser.parse_args()
    store = ExemplarStore()
    planner = Planner(store)
    prompts = read_prompts()["sheet"]
    images = [draw(Shown(one, FIRST_SEED + place), planner, store) for place, one in enumerate(prompts)]
    contact_sheet(images, prompts, COLUMNS).quantize(256).save(options.picture, optimize=True)


if __name__ == "__main__":
    main()
