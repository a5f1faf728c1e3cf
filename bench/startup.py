"""Start-up time of the commands that should feel instant, as a ratio to importing typer and rich.

Run from the repository with the package installed: ``python bench/startup.py``. Medians of interleaved
runs, because machines are noisy; the target is 2.5. With ``--against FOLDER``, the ``src`` of another checkout, each
command is also run from there, in turn with this one, and the ratio of the two is shown (processor time, which noisy
neighbours disturb less).
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
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


def processor_seconds(argv: tuple[str, ...], source: str, home: str) -> float:
    """Processor time of one process and its children that imports the package from ``source``, in seconds.

    Each source has a ``home`` of its own: a newer program upgrades the library, and older ones refuse it then.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = {**os.environ, "PYTHONPATH": source, "PYTHONDONTWRITEBYTECODE": "", "HOME": home}
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def compare(own: str, other: str) -> None:
    """Print a table: processor milliseconds here and there, and their ratio."""
    runs: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in COMMANDS}
    with tempfile.TemporaryDirectory() as here, tempfile.TemporaryDirectory() as there:
        for number in range(ROUNDS + 1):
            for name, argv in COMMANDS.items():
                command = (sys.executable, "-m", "audobon_cli", *argv)
                places = ((runs[name][0], own, here), (runs[name][1], other, there))
                for times, source, home in places if number % 2 else reversed(places):
                    times.append(processor_seconds(command, source, home))
    print(f"{'command':<22}{'here ms':>10}{'there ms':>10}{'ratio':>8}")
    for name, (own_times, other_times) in runs.items():
        ours, theirs = statistics.median(own_times[1:]), statistics.median(other_times[1:])
        print(f"{name:<22}{ours * 1000:>10.0f}{theirs * 1000:>10.0f}{ours / theirs:>8.2f}")


def main() -> None:
    """Print a table: median milliseconds and ratio to the base."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--against", default="", help="the src folder of another checkout")
    options = parser.parse_args()
    if options.against:
        compare(os.path.abspath("src"), os.path.abspath(options.against))
        return
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
