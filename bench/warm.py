"""Seconds of a second `audobon generate`, with the warm process and without, in turn.

    python -m bench.warm [--rounds 5] [--quality draft]

Each picture is new (`--fresh`, another seed), the model is the built-in one. Medians of wall and processor time
of the command itself.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time

Times = tuple[float, float]


def main() -> None:
    """Run it and print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quality", default="draft")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir="/tmp") as home:
        environment = {**os.environ, "HOME": home, "XDG_RUNTIME_DIR": home}
        os.chmod(home, 0o700)

        def generate(seed: int, *more: str) -> Times:
            words = ("generate", "cute dragon", "--fresh", "--seed", str(seed), "--quality", options.quality)
            return _timed([sys.executable, "-m", "audobon_cli", *words, *more], home, environment)

        generate(0)  # files are in the page cache from here on
        first = generate(1, "--keep-warm", "10m")
        warm, cold = [], []
        for number in range(options.rounds):
            warm.append(generate(10 + number))
            cold.append(_without(generate, 100 + number, environment))
        subprocess.run(
            [sys.executable, "-m", "audobon_cli", "warm", "--stop"],
            env=environment,
            check=True,
            capture_output=True,
        )
    print(f"first, which starts it   {first[0]:6.2f} s")
    for name, times in (("with", warm), ("without", cold)):
        wall, used = (statistics.median(column) for column in zip(*times, strict=True))
        print(f"{name:8} the warm process {wall:6.2f} s, {used:.2f} s of processor time in the command")
    ratio = statistics.median(c[0] for c in cold) / statistics.median(w[0] for w in warm)
    print(f"{ratio:.1f} times as fast")


def _without(generate: "object", seed: int, environment: dict[str, str]) -> Times:
    """A runtime folder in which nobody listens."""
    kept = environment["XDG_RUNTIME_DIR"]
    environment["XDG_RUNTIME_DIR"] = f"{kept}/none"
    try:
        times: Times = generate(seed)  # type: ignore[operator]
    finally:
        environment["XDG_RUNTIME_DIR"] = kept
    return times


def _timed(command: list[str], folder: str, environment: dict[str, str]) -> Times:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
    seconds = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
