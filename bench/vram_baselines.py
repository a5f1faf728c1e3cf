"""The memory forecast beside the rules that people use, on the same 32 published peaks.

    python bench/vram_baselines.py [--rows]

Published figures are those of tests/vram/test_published.py. The rules: weights times 1.2 or 1.5, a fixed
reserve beside the weights, ComfyUI's formula for denoising (area x bytes x 0.01 x factor MiB), InvokeAI's for
decoding (height x width x bytes x 2200), and this program's first rule, made for an RTX 3050: weights and 45 MB
for each of 25 steps. Rules that know nothing of offloading get the weights that the strategy keeps on the card.
"""

import argparse
import statistics
from collections.abc import Callable
from dataclasses import dataclass

from tests.vram.test_published import DATA, FIGURES, GIB, errors

from audobon_cli.domain.strategy import Attention, Precision

MIB = 2**20
COMFY_FACTORS = {"sdxl": 0.8, "sd15": 1.0, "sd3": 1.0, "flux": 2.8}
STEPS = 25


@dataclass(frozen=True)
class Case:
    """What a rule is told: bytes of weights on the card at once, pixels, bytes a number, pictures, family."""

    weights: int
    pixels: int
    width: int
    batch: int
    family: str
    decodes: bool


RULES: dict[str, Callable[[Case], float]] = {
    "weights x 1.2": lambda c: c.weights * 1.2,
    "weights x 1.5": lambda c: c.weights * 1.5,
    "weights + 2 GiB": lambda c: c.weights + 2 * GIB,
    "weights + 3 GB": lambda c: c.weights + 3e9,
    "ComfyUI": lambda c: (
        c.weights + c.batch * c.pixels / 64 * c.width * 0.01 * COMFY_FACTORS.get(c.family, 1.0) * MIB
    ),
    "InvokeAI decode": lambda c: c.weights + (c.batch * c.pixels * c.width * 2200 if c.decodes else 0),
    "RTX 3050 rule": lambda c: c.weights + STEPS * 45 * MIB,
}


def weights(names: tuple[str, ...], width: int) -> list[int]:
    """Bytes of the weights of each part."""
    found = []
    for name in names:
        many = not any(name.startswith(one) for one in ("clip", "t5", "qwen"))
        part = DATA.part(name, Precision.FLOAT16, Attention.FUSED, many)
        found.append(sum(map(sum, (leaf.parameters for leaf in part.leaves))) * width)
    return found


def case(name: str) -> Case:
    """The case of a published figure, read from its name."""
    words = name.split()[1:]
    family = {"decode": "qwen", "encode": "qwen"}.get(words[0], words[0])
    width = 4 if "fp32" in words else 2
    if family == "qwen":
        side = int(words[1])
        part = "qwen-vae" if words[0] == "decode" else "qwen-vae-encoder"
        return Case(sum(weights((part,), 2)), side * side, 2, 1, family, True)
    batch = 4 if "b4" in words else 1
    pixels = 512 * 512 if family == "sd15" else 1024 * 1024
    alone = {"flux": "flux-transformer", "sdxl": "sdxl-unet"}
    if name.startswith("A"):
        (whole,) = weights((alone[family],), 2)
        held = {"float8": whole, "leaf": 0, "nf4": whole * 9 // 32}
        kept = next((value for word, value in held.items() if word in words), whole)
        return Case(kept, pixels, 2, 1, family, False)
    model = DATA.models[{"sd3": "sd3-medium", "flux": "flux-dev"}.get(family, family)].model
    encoders = tuple(part for part in model.encoders if not ("no" in words and part == "t5-xxl"))
    sizes = weights((*encoders, model.denoiser, model.decoder), width)
    kept = max(sizes) if "model" in words or "model," in words else 0 if "sequential" in words else sum(sizes)
    return Case(kept, pixels, width, batch, family, True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", action="store_true", help="each figure too")
    rows = parser.parse_args().rows
    ours = errors()
    found: dict[str, list[float]] = {"this forecast": [error for _, error in ours.values()]}
    for rule in RULES:
        found[rule] = []
    for name, low, high, _ in FIGURES:
        asked = case(name)
        for rule, predict in RULES.items():
            value = predict(asked) / GIB
            nearest = min(max(value, low), high)
            found[rule].append(value / nearest - 1)
        if rows:
            cells = "".join(f"{found[rule][-1]:>+9.1%}" for rule in RULES)
            print(f"{name:<32}{low:>8.3f}{ours[name][1]:>+9.1%}{cells}")
    print(
        f"{'rule':<18}{'median':>9}{'p95':>9}{'worst':>9}{'within 1 %':>12}{'within 10 %':>13}{'too low':>9}"
    )
    for rule, values in found.items():
        sizes = sorted(abs(value) for value in values)
        signed = sorted(values, key=abs)
        p95 = signed[min(len(signed) - 1, round(0.95 * (len(signed) - 1)))]
        print(
            f"{rule:<18}{statistics.median(values):>+9.1%}{p95:>+9.1%}{signed[-1]:>+9.1%}"
            f"{sum(size <= 0.01 for size in sizes):>12}{sum(size <= 0.1 for size in sizes):>13}"
            f"{sum(value < -0.01 for value in values):>9}"
        )


if __name__ == "__main__":
    main()
