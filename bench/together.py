"""Several pictures in one call of the model beside the same pictures drawn alone: time, and what it does to bits.

    python bench/together.py [MODEL] [--device cpu|cuda] [--steps 8] [--sizes 2 5 8] [--rounds 3]

MODEL is a name or folder (the built-in model without it). For each size of batch: the time of a picture over that
of a picture drawn alone (least of the rounds, in turn, so that a busy machine slows both), the largest difference of
a value of the PNGs in levels of 255 (colours weighed by alpha, as `audobon reproduce` does), and how many pixels
differ at all. On processors, where bits change, Audobon draws alone; on graphics cards it draws together.
"""

import argparse
import tempfile
import time
from pathlib import Path

from audobon_cli.domain.events import ignore
from audobon_cli.domain.request import GenerationRequest
from audobon_cli.engines.diffusers.engine import LocalEngine
from audobon_cli.generation.resolve.local import resolve
from audobon_cli.reproduction.compare import compare
from audobon_cli.workspace import Workspace

WORDS = ("cute dragon", "red apple", "iron sword", "ghost", "wooden shield", "blue potion", "gold key", "owl")


def never() -> bool:
    return False


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("model", nargs="?")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--sizes", type=int, nargs="+", default=(2, 5, 8))
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        workspace = Workspace(Path(work), {"AUDOBON_DEVICE": options.device})
        most = max(options.sizes)
        asked = []
        for seed in range(most):
            text = WORDS[seed % len(WORDS)]
            request = GenerationRequest(
                text, model=options.model, steps=options.steps, seed=seed, candidates=1
            )
            asked.append((resolve(request, workspace.settings, workspace.models), seed))
        engine = LocalEngine(options.device)
        engine.render(*asked[0], 0, ignore, never)  # loads the model
        print(f"{'pictures':>8} {'drawn':>6} {'time':>6} {'levels':>7} {'pixels':>9}")
        for size in options.sizes:
            alone_seconds, together_seconds = [], []
            for _ in range(options.rounds):
                began = time.perf_counter()
                alone = [engine.render(*one, 0, ignore, never).image for one in asked[:size]]
                middle = time.perf_counter()
                together = engine.render_together(asked[:size], 0, ignore, never)
                alone_seconds.append((middle - began) / size)
                together_seconds.append((time.perf_counter() - middle) / len(together))
            apart = [compare(one, other.image) for one, other in zip(alone, together, strict=False)]
            ratio = min(together_seconds) / min(alone_seconds)
            levels, share = max(one.levels for one in apart), max(one.share for one in apart)
            print(f"{size:>8} {len(together):>6} {ratio:>6.2f} {levels:>7.2f} {share:>9.4%}")


if __name__ == "__main__":
    main()
