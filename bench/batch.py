"""A batch beside the same pictures one command each, and beside a hand-written loop over diffusers.

    python bench/batch.py [--jobs 50] [--commands 50] [--steps 8] [--rounds 3]

Three ways to the same pictures of the built-in model, with nothing but this repository:

- `audobon generate --batch FILE`: one process; resolving, drawing, checks, durable filing, files written;
- the same prompts as so many `audobon generate PROMPT` commands, one after the other (--commands says for how
  many of them, the rest is extrapolated);
- a script that loads the pipeline with diffusers and calls it for prompt after prompt, with the same steps,
  guidance, seed and number of threads, and saves what comes out: what people write by hand. It is run as a
  process of its own, too, and pays for the same imports.

All in turn in each round, so that a busy machine slows all; the least time of each is compared, as what a busy
machine adds is no part of any. Processor seconds are printed beside those of the clock: with other programs on
the machine they are the ones to compare (waiting for the disk is not in them). Last, the batch once more:
everything is in the library then.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import audobon_cli

THINGS = (
    "dragon",
    "red apple",
    "iron sword",
    "ghost",
    "wooden shield",
    "blue potion",
    "gold key",
    "owl",
    "mushroom",
    "crown",
)
GUIDANCE = 4.0

LOOP = """
import sys
import torch
from diffusers import DiffusionPipeline
folder, out, steps, guidance, *lines = sys.argv[1:]
torch.set_num_threads(1)
pipeline = DiffusionPipeline.from_pretrained(folder, dtype=torch.float32)
pipeline.set_progress_bar_config(disable=True)
for line in lines:
    seed, prompt = line.split(" ", 1)
    image = pipeline(prompt, height=64, width=64, num_inference_steps=int(steps),
                     guidance_scale=float(guidance), output_type="np",
                     generator=torch.Generator("cpu").manual_seed(int(seed))).images[0]
    from PIL import Image
    Image.fromarray((image * 255).round().astype("uint8")).save(f"{out}/{seed}.png")
"""


Seconds = tuple[float, float]
"""By the clock, and of the processor."""


class BatchBench:
    """A project in an empty folder, and the three ways."""

    def __init__(self, work: Path, jobs: int, steps: int) -> None:
        self.work, self.steps = work, steps
        self.prompts = [f"{THINGS[k % len(THINGS)]}, number {k}" for k in range(jobs)]
        self.batch = work / "batch.txt"
        lines = [f"{prompt} --seed {seed}" for seed, prompt in enumerate(self.prompts)]
        self.batch.write_text("\n".join(lines) + "\n", encoding="utf-8")
        self.options = [
            "--steps",
            str(steps),
            "--guidance",
            str(GUIDANCE),
            "--style",
            "none",
            "--candidates",
            "1",
        ]
        self.environment = {
            **os.environ,
            "HOME": str(work),
            "PYTHONPATH": str(Path(audobon_cli.__file__).parents[1]),
            "AUDOBON_DEVICE": "cpu",
        }

    def audobon(self, *arguments: str) -> Seconds:
        return self._timed("-m", "audobon_cli", *arguments)

    def batch_run(self, library: Path, out: Path) -> Seconds:
        where = ["--library", str(library), "--out", f"{out}/", "--quiet"]
        return self.audobon("generate", "--batch", str(self.batch), *self.options, *where)

    def commands(self, library: Path, out: Path, count: int) -> Seconds:
        where = ["--library", str(library), "--out", f"{out}/", "--quiet"]
        each = [
            self.audobon("generate", self.prompts[k], "--seed", str(k), *self.options, *where)
            for k in range(count)
        ]
        return sum(wall for wall, _ in each), sum(cpu for _, cpu in each)

    def loop(self, folder: Path, out: Path) -> Seconds:
        out.mkdir()
        lines = [f"{seed} {prompt}" for seed, prompt in enumerate(self.prompts)]
        return self._timed("-c", LOOP, str(folder), str(out), str(self.steps), str(GUIDANCE), *lines)

    def library(self, name: str) -> Path:
        subprocess.run(
            [sys.executable, "-m", "audobon_cli", "init", str(self.work / name), "--quiet"],
            env=self.environment,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        return self.work / name / ".audobon"

    def _timed(self, *arguments: str) -> Seconds:
        began, used = time.perf_counter(), _children_seconds()
        subprocess.run(
            [sys.executable, *arguments],
            env=self.environment,
            cwd=self.work,
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        return time.perf_counter() - began, _children_seconds() - used


def _children_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--jobs", type=int, default=50)
    parser.add_argument("--commands", type=int, default=50)
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    folder = Path(audobon_cli.__file__).parent / "builtin" / "sprite"
    with tempfile.TemporaryDirectory() as work:
        bench = BatchBench(Path(work), options.jobs, options.steps)
        warm = bench.library("warm")
        bench.commands(warm, Path(work) / "warm-out", 1)  # compiles Python files, hashes the model
        batch, loop, commands, again = [], [], [], []
        for number in range(options.rounds):
            first, out = bench.library(f"batch{number}"), Path(work) / f"out{number}"
            loop.append(bench.loop(folder, Path(work) / f"loop{number}"))
            batch.append(bench.batch_run(first, out))
            again.append(bench.batch_run(first, out))
            if number == 0:
                count = min(options.commands, options.jobs)
                whole = bench.commands(bench.library("alone"), Path(work) / "alone-out", count)
                commands.append((whole[0] * options.jobs / count, whole[1] * options.jobs / count))
    what = f"{options.jobs} pictures of the built-in model, {options.steps} steps"
    print(f"{what}; seconds, the least of {options.rounds} rounds")
    least = [min(column) for column in zip(*batch, strict=True)]
    print(f"{'':<28} {'clock':>8} {'x batch':>8} {'cpu':>8} {'x batch':>8}")
    for name, times in (
        ("one batch", batch),
        (f"{options.jobs} commands", commands),
        ("hand-written diffusers loop", loop),
        ("the batch again", again),
    ):
        wall, cpu = (min(column) for column in zip(*times, strict=True))
        print(f"{name:<28} {wall:8.2f} {wall / least[0]:8.2f} {cpu:8.2f} {cpu / least[1]:8.2f}")


if __name__ == "__main__":
    main()
