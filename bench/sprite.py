"""One sprite of the built-in model at ``optimized`` quality: seconds, and their ratio to a bare diffusers loop.

    python -m bench.sprite [--pictures 21]

Both draw the same pictures from the same weights, one after the other in each round (see overhead.py). The
targets: denoising and decoding in at most 2.0 s on two cores, and at most 1.03 times the bare loop.
"""

import argparse
import statistics
import tempfile
from pathlib import Path

from bench.overhead import PROMPT, compare

from audobon_cli.domain.request import GenerationRequest
from audobon_cli.generation.resolve.local import resolve
from audobon_cli.workspace import Workspace

SECONDS = 2.0
RATIO = 1.03


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--pictures", type=int, default=21)
    parser.add_argument("--quality", default="optimized")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        space = Workspace(Path(work), {})
        asked = GenerationRequest(PROMPT, quality=options.quality, style="none", seed=0)
        request = resolve(asked, space.settings, space.models)
        bare, ours = compare(request, options.pictures)
    seconds, ratio = statistics.median(ours), statistics.median(ours) / statistics.median(bare)
    print(
        f"{options.quality}: {request.steps} steps at guidance {request.guidance:g}, "
        f"{options.pictures} pictures of {request.render_size}\n"
        f"engine {seconds:.3f} s a picture (target {SECONDS}), bare loop {statistics.median(bare):.3f} s, "
        f"ratio {ratio:.4f} (target {RATIO}), ratio of the fastest {min(ours) / min(bare):.4f}"
    )


if __name__ == "__main__":
    main()
