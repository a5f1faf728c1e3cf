"""Sounds by the built-in synthesiser: how long one takes, and a batch of a thousand.

    python bench/sound.py [--jobs 1000] [--rounds 3]

First every preset by itself, in one process: the least of ``--rounds`` renderings at 44.1 kHz, as milliseconds of the
processor for a second of sound. Then `audobon sound make --batch` of ``--jobs`` rows (the presets' names by turns,
seeds of their own) as a process of its own, sounds filed and written, and once more, when all of it is in the library.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import audobon_cli
from audobon_cli.engines.synth.plan import complete
from audobon_cli.engines.synth.render import render
from audobon_cli.presets.catalog import Presets, shipped_presets

RATE = 44_100
SOURCE = str(Path(audobon_cli.__file__).parents[1])


def milliseconds(presets: Presets, rounds: int) -> dict[str, float]:
    """For each preset the milliseconds that a second of it takes."""
    found = {}
    for name, preset in presets.sounds.items():
        patch, least, seconds = complete(preset), float("inf"), 1.0
        for seed in range(rounds):
            began = time.process_time()
            samples = render(patch, RATE, seed)
            seconds = len(samples) / RATE
            least = min(least, (time.process_time() - began) * 1000 / seconds)
        found[name] = least
    return found


def run_batch(rows: Path, home: Path) -> tuple[float, float]:
    """Seconds by the clock and of the processor that the batch takes."""
    argv = (
        sys.executable,
        "-m",
        "audobon_cli",
        "sound",
        "make",
        "--batch",
        str(rows),
        "--out",
        "sounds/",
        "--quiet",
    )
    environment = {**os.environ, "PYTHONPATH": SOURCE, "HOME": str(home)}
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL, env=environment, cwd=home)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - began, used


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--jobs", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    presets = Presets((("built-in", shipped_presets()),))
    found = milliseconds(presets, arguments.rounds)
    ordered = sorted(found.items(), key=lambda item: item[1])
    over = sum(taken > 20 for taken in found.values())
    median = statistics.median(found.values())
    print(f"{len(found)} presets: median {median:.1f} ms of the processor for a second of sound")
    print(
        "slowest: "
        + ", ".join(f"{name} {taken:.1f}" for name, taken in ordered[-8:])
        + f"; {over} over 20 ms"
    )
    with tempfile.TemporaryDirectory() as folder:
        rows = Path(folder) / "rows.txt"
        names = [name.replace("-", " ") for name in presets.sounds]
        lines = (f"{names[number % len(names)]} --seed {number}" for number in range(arguments.jobs))
        rows.write_text("\n".join(lines) + "\n", encoding="utf-8")
        for label in ("first", "again"):
            clock, processor = run_batch(rows, Path(folder))
            print(f"{arguments.jobs} sounds, {label}: {clock:.1f} s, {processor:.1f} s of the processor")


if __name__ == "__main__":
    main()
