"""Make the traces of known model parts: ``python bench/vram_traces.py [PART...]``, run from the repository.

Reads presets/vram/components.toml and writes presets/vram/traces/. Needs torch and diffusers, no weights,
no graphics card; a minute or two a part. Run it again when a test says that the installed diffusers drifted.
With ``--missing`` only the variants that are not there are made.
"""

import gzip
import json
import sys
import time
import tomllib
from pathlib import Path

from audobon_cli.domain.strategy import Attention, Precision
from audobon_cli.vram.simulation.trace import leaves_to_data, trace_to_data
from audobon_cli.vram.tracing.inputs import PartSpec
from audobon_cli.vram.tracing.recorder import trace_part

FOLDER = Path(__file__).parent.parent / "presets" / "vram"
HALF, FULL = Precision.FLOAT16, Precision.FLOAT32
FUSED, CLASSIC, MATH = Attention.FUSED, Attention.CLASSIC, Attention.MATH

ONE, MANY = [(HALF, FUSED, False)], [(HALF, FUSED, True)]
"""Of the large models the variant that one picture asks for: a pair with guidance in one call, else a single one.
The others are traced where they are asked for, once."""

# Which variants ship: those that a plan or a published figure asks for. float16 stands for bfloat16 too, except
# for T5, parts of which stay in float32.
VARIANTS = {
    "sd15-unet": [
        (p, a, m)
        for p, a, m in (
            (HALF, FUSED, False),
            (HALF, FUSED, True),
            (HALF, CLASSIC, True),
            (FULL, FUSED, True),
            (FULL, CLASSIC, True),
            (HALF, MATH, True),
        )
    ],
    "sdxl-unet": [
        (HALF, FUSED, False),
        (HALF, FUSED, True),
        (HALF, CLASSIC, True),
        (FULL, FUSED, True),
        (FULL, CLASSIC, True),
        (HALF, MATH, True),
    ],
    "sd3-transformer": [(HALF, FUSED, False), (HALF, FUSED, True), (HALF, MATH, True)],
    "sd35-medium-transformer": [(HALF, FUSED, False), (HALF, FUSED, True), (HALF, MATH, True)],
    "flux-transformer": [(HALF, a, m) for a in (FUSED, MATH) for m in (False, True)],
    "clip-l": [(HALF, FUSED, False), (FULL, FUSED, False)],
    "clip-bigg": [(HALF, FUSED, False), (FULL, FUSED, False)],
    "t5-xxl": [(HALF, FUSED, False), (Precision.BFLOAT16, FUSED, False)],
    "kl4-vae": [(p, a, m) for a in (FUSED, MATH) for p in (HALF, FULL) for m in (False, True)],
    "kl16-vae": [(p, a, m) for a in (FUSED, MATH) for p in (HALF, FULL) for m in (False, True)],
    "sprite-unet": [(p, FUSED, m) for p in (HALF, FULL) for m in (False, True)],
    "sprite-text": [(p, FUSED, False) for p in (HALF, FULL)],
    "sprite-vae": [(p, FUSED, m) for p in (HALF, FULL) for m in (False, True)],
    "qwen-vae": ONE,
    "qwen-vae-encoder": [(HALF, FUSED, False)],
}
PAIRED = (
    "sd35-large-transformer",
    "sdxl-refiner-unet",
    "sana-transformer",
    "pixart-transformer",
    "auraflow-transformer",
    "hunyuan-dit-transformer",
    "kandinsky3-unet",
)
KEEPS_FLOAT32 = ("mt5-xl", "pile-t5-xl", "flan-ul2")


def variants(part: str) -> list[tuple[Precision, Attention, bool]]:
    """Which traces of ``part`` ship."""
    if part in VARIANTS:
        return VARIANTS[part]
    if part in KEEPS_FLOAT32:
        return VARIANTS["t5-xxl"]
    return MANY if part in PAIRED else ONE


def read_specs() -> dict[str, PartSpec]:
    """The parts of components.toml by name."""
    with (FOLDER / "components.toml").open("rb") as file:
        tables = tomllib.load(file)
    return {
        name: PartSpec(
            t["class"], t["config"], t["inputs"], t.get("unit", 1), t.get("tokens", 0), t.get("scale", 8)
        )
        for name, t in tables.items()
    }


def write(name: str, data: object) -> int:
    """Write ``data`` as gzipped JSON without a time stamp; returns the bytes."""
    packed = gzip.compress(json.dumps(data, separators=(",", ":")).encode(), 9, mtime=0)
    (FOLDER / "traces" / f"{name}.json.gz").write_bytes(packed)
    return len(packed)


def main() -> None:
    """Trace the parts named, or all."""
    specs = read_specs()
    missing = "--missing" in sys.argv
    for part in [name for name in sys.argv[1:] if name != "--missing"] or specs:
        for precision, attention, many in variants(part):
            began = time.perf_counter()
            variant = f"{part}.{precision}.{attention}.{'many' if many else 'one'}"
            if missing and (FOLDER / "traces" / f"{variant}.json.gz").is_file():
                continue
            trace, leaves = trace_part(specs[part], precision, attention, many)
            size = write(variant, trace_to_data(trace))
            write(f"{part}.weights", leaves_to_data(leaves))
            seconds = time.perf_counter() - began
            print(
                f"{variant:<50}{len(trace.codes):>7} events {len(trace.forms):>5} forms {size:>7} B {seconds:6.1f} s"
            )


if __name__ == "__main__":
    main()
