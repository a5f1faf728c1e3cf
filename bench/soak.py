"""Whether memory grows with pictures: many drawn in one process, and the slope of its memory by least squares.

    python bench/soak.py [--pictures 500] [--road network|composed|MODEL_FOLDER] [--quality draft] [--steps N]

Each picture has words and a seed of its own and goes the whole way of `audobon generate`: resolving, looking whether
the library has it, drawing, checks, PNG, filing, the file written. Resident memory is read after each, when Python's
collector has run. What is loaded once (models, tables, caches that fill to their bound) is not a leak: the first fifth
warms up and is left out of the slope. ``network`` is the built-in model's network on exported graphs, ``composed`` its
compositions of exemplars, a folder any diffusers pipeline. Ends with status 1 above 20 KB a picture.
"""

import argparse
import gc
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from audobon_cli.domain.events import ignore
from audobon_cli.domain.inputs import ImageInputs
from audobon_cli.domain.request import GenerationRequest
from audobon_cli.engines.base import never
from audobon_cli.generation.context import generation_context
from audobon_cli.generation.outputs import Outputs
from audobon_cli.generation.resolve.composition import WORDS_ALONE
from audobon_cli.generation.resolve.request import resolve_request
from audobon_cli.generation.run import check_run, generate
from audobon_cli.hardware.process_memory import resident_bytes
from audobon_cli.library.store.library import Library
from audobon_cli.workspace import Workspace

MOST_SLOPE = 20_000
"""Bytes a picture that the documents allow."""
COLOURS = ("red", "green", "blue", "golden", "purple", "black", "white", "brown", "grey", "orange")
THINGS = ("key", "sword", "apple", "dragon", "potion", "ghost", "shield", "tree", "chest", "knight")


def prompts(pictures: int) -> Iterator[str]:
    """Words that differ for a hundred pictures, and are then asked for again with other seeds."""
    for number in range(pictures):
        yield f"{COLOURS[number % 10]} {THINGS[number // 10 % 10]}"


def requests(options: argparse.Namespace) -> Iterator[GenerationRequest]:
    """What is drawn."""
    network = options.road == "network"
    model = "sprite" if options.road in ("network", "composed") else str(Path(options.road).absolute())
    for seed, prompt in enumerate(prompts(options.pictures)):
        yield GenerationRequest(
            prompt,
            model=model,
            quality=options.quality,
            steps=options.steps,
            seed=seed,
            inputs=ImageInputs(strength=WORDS_ALONE) if network else ImageInputs(),
        )


def soak(options: argparse.Namespace, work: Path) -> list[int]:
    """Resident bytes after each picture."""
    workspace = Workspace(work, {"AUDOBON_DEVICE": "cpu"}, {"library": str(work / "library")})
    Library.create(work / "library")
    outputs = Outputs.plan(f"{work}/pictures/", work, options.pictures, True)
    found = []
    for asked in requests(options):
        request = resolve_request(asked, workspace.settings, workspace.models, lambda: workspace.library)
        placed = [workspace.vram.selector.place(request, "")]
        check_run([request], workspace.library, outputs)
        report = generate([request], generation_context(workspace, placed, outputs, ignore, never))
        failure = report.error()
        if failure is not None:
            raise failure
        gc.collect()
        found.append(resident_bytes())
    workspace.close()
    return found


def slope(resident: Sequence[int]) -> tuple[float, float]:
    """Bytes a picture by least squares, and the standard error of that."""
    place = np.arange(len(resident), dtype=np.float64)
    (grown, _), covariance = np.polyfit(place, np.asarray(resident, dtype=np.float64), 1, cov=True)
    return float(grown), float(np.sqrt(covariance[0, 0]))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--pictures", type=int, default=500)
    parser.add_argument("--road", default="network")
    parser.add_argument("--quality", default="draft")
    parser.add_argument("--steps", type=int)
    options = parser.parse_args()
    began, spent = time.monotonic(), time.process_time()
    with tempfile.TemporaryDirectory() as work:
        resident = soak(options, Path(work))
    warm = len(resident) // 5
    grown, error = slope(resident[warm:])
    print(f"{options.pictures} pictures, {options.road}, {options.quality}: "
          f"{time.process_time() - spent:.0f} s of processor time, {time.monotonic() - began:.0f} s")  # fmt: skip
    marks = [0, warm, len(resident) // 2, len(resident) - 1]
    print("resident MiB:", ", ".join(f"{place + 1}: {resident[place] / 2**20:.1f}" for place in marks))
    print(
        f"slope from picture {warm + 1} on: {grown / 1000:+.2f} KB a picture (standard error {error / 1000:.2f})"
    )
    return int(grown > MOST_SLOPE)


if __name__ == "__main__":
    raise SystemExit(main())
