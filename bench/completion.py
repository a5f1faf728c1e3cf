"""Processor time of a TAB, in milliseconds: the median of seven, for each kind of word.

Run from the repository with the package installed: ``python bench/completion.py``. The target is 150 ms. The library
has ASSETS pictures' records, so that looking a name up is not free.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile

ROUNDS = 7
TARGET_MS = 150
ASSETS = 2_000
LINES = (
    "audobon ge",
    "audobon assets show hero",
    "audobon assets show ",
    "audobon assets list tag:b",
    "audobon generate x --style p",
    "audobon generate x --model s",
    "audobon generate x --quality ",
    "audobon vram plan sdxl --gpu RTX",
    "audobon version switch ",
    "audobon backup list --repo ",
    "audobon generate x --provider ",
    "audobon generate --",
)


def processor_ms(line: str, environment: dict[str, str]) -> float:
    """Processor time of the process that answers a TAB at the end of ``line``."""
    asked = {
        **environment,
        "COMP_LINE": line,
        "COMP_POINT": str(len(line)),
        "_AUDOBON_COMPLETE": "complete_bash",
    }
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", "audobon_cli"], env=asked, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def fill(environment: dict[str, str]) -> None:
    """Import ASSETS tiny pictures into the user's own library."""
    from PIL import Image

    with tempfile.TemporaryDirectory() as folder:
        for number in range(ASSETS):
            Image.new("RGB", (8, 8), (number % 256, number // 256, 7)).save(f"{folder}/hero_{number:05}.png")
        words = ("assets", "import", folder, "--tag", "boss", "--quiet")
        subprocess.run(
            [sys.executable, "-m", "audobon_cli", *words], env=environment, check=True, capture_output=True
        )


def main() -> None:
    """Print a table, and end with status 1 if a line takes longer than the target."""
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "HOME": home}
        environment = {key: value for key, value in environment.items() if not key.startswith("XDG_")}
        fill(environment)
        worst = 0.0
        for line in LINES:
            median = statistics.median(processor_ms(line, environment) for _ in range(ROUNDS))
            worst = max(worst, median)
            print(f"{line:<36}{median:>8.0f} ms")
    print(f"{'worst':<36}{worst:>8.0f} ms of {TARGET_MS}")
    sys.exit(worst > TARGET_MS)


if __name__ == "__main__":
    main()
