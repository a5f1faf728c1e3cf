"""One sprite of the built-in model at ``optimized`` quality: seconds, and their ratio to a bare diffusers loop.

    python bench/sprite.py [--pictures 21]

Both draw the same pictures from the same weights, one after the other in each round (see overhead.py). The
targets: denoising and decoding in at most 2.0 s on two cores, and at most 1.03 times the bare loop.
"""

import argparse
import statistics
from pathlib import Path

from overhead import PROMPT, compare

import audobon_cli
from audobon_cli.domain.model import AlphaMode, Model, SizeRule
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.settings.presets import Presets, shipped_presets
from audobon_cli.stores.model_files import inspect_model

SECONDS = 2.0
RATIO = 1.03


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--pictures", type=int, default=21)
    parser.add_argument("--quality", default="optimized")
    options = parser.parse_args()
    folder = Path(audobon_cli.__file__).parent / "builtin" / "sprite"
    settings = Presets((("built-in", shipped_presets()),)).quality(options.quality).settings("sprite")
    files = inspect_model(folder)
    size = files.native_size
    assert size is not None
    model = Model("sprite", "sprite", files.pipeline, folder, "", SizeRule(size), AlphaMode.PREMULTIPLIED)
    request = ResolvedRequest(
        PROMPT, "", PROMPT, "", model, "", "", size, size, settings.steps, settings.guidance, seed=0, count=1
    )
    bare, ours = compare(request, options.pictures)
    seconds, ratio = statistics.median(ours), statistics.median(ours) / statistics.median(bare)
    print(
        f"{options.quality}: {settings.steps} steps at guidance {settings.guidance:g}, "
        f"{options.pictures} pictures of {size}\n"
        f"engine {seconds:.3f} s a picture (target {SECONDS}), bare loop {statistics.median(bare):.3f} s, "
        f"ratio {ratio:.4f} (target {RATIO}), ratio of the fastest {min(ours) / min(bare):.4f}"
    )


if __name__ == "__main__":
    main()
