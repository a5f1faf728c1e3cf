"""Start-up time of the commands that should feel instant, as a ratio to importing typer and rich.

Run from the repository with the package installed: ``python bench/startup.py``. Medians of interleaved
runs, because machines are noisy; the target is 2.5.
"""

import statistics
import subprocess
import sys
import time

ROUNDS = 15
TARGET = 2.5
BASE = (sys.executable, "-c", "import typer, rich")
COMMANDS = {
    "--version": ("--version",),
    "--help": ("--help",),
    "assets list": ("assets", "list"),
    "generate --help": ("generate", "--help"),
    "presets list": ("presets", "list"),
    "vram plan sdxl": ("vram", "plan", "sdxl", "--gpu", "RTX 3050 6GB"),
}


def seconds(argv: tuple[str, ...]) -> float:
    """Wall time of one process, in seconds."""
    began = time.perf_counter()
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - began


def main() -> None:
    """Print a table: median milliseconds and ratio to the base."""
    runs: dict[str, list[float]] = {name: [] for name in ("import typer, rich", *COMMANDS)}
    for _ in range(ROUNDS + 1):  # the first round warms the page cache
        runs["import typer, rich"].append(seconds(BASE))
        for name, argv in COMMANDS.items():
            runs[name].append(seconds((sys.executable, "-m", "audobon_cli", *argv)))
    base = statistics.median(runs["import typer, rich"][1:])
    print(f"{'command':<22}{'median ms':>10}{'ratio':>8}   (target {TARGET})")
    for name, times in runs.items():
        median = statistics.median(times[1:])
        print(f"{name:<22}{median * 1000:>10.0f}{median / base:>8.2f}")


if __name__ == "__main__":
    main()
