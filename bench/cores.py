"""Pictures of the built-in model on every core, and both its runtimes on many prompts.

    python bench/cores.py wall [--threads 2] [--rounds 7]   # --count 16 --quality high, beside independent processes
    python bench/cores.py batch [--threads 2] [--rounds 5]  # a batch of 50, beside a loop written by hand
    python bench/cores.py agree [--prompts 200] [--strength 0.5]  # every value of both runtimes, candidates

``wall`` compares one thread with several of this build, and several with as many processes that draw their share on
one thread each: what the machine gives at that moment. ``batch`` draws the same pictures over the same graphs with as
many threads, encodes each, writes its recipe and syncs it, and nothing else; both are loaded before.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from tests.builtin_model import builtin_request

from audobon_cli.domain.events import ignore
from audobon_cli.domain.inputs import ImageInputs
from audobon_cli.domain.media import IMAGE
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.engines.base import LoadedScorer, never
from audobon_cli.engines.diffusers.pixels import to_picture
from audobon_cli.engines.onnx.engine import draw, load_exports
from audobon_cli.engines.runtimes import LocalRuntimes
from audobon_cli.generation.cache import make_recipe
from audobon_cli.generation.context import GenerationContext
from audobon_cli.generation.run import generate
from audobon_cli.library.store.library import Library
from audobon_cli.media.registry import medium_named

PICTURES = 16
BATCH = 50
THINGS = ("dragon", "apple", "sword", "ghost", "shield", "potion", "key", "owl", "castle", "tree")
KINDS = ("red", "old", "small golden", "blue", "broken", "magic", "a pair of", "wooden", "dark", "shiny")
STYLES = ("", " (bright:1.3)")


def prompts(count: int) -> list[str]:
    """Different prompts of the kinds that people write."""
    return [f"{kind} {thing}{end}" for end in STYLES for kind in KINDS for thing in THINGS][:count]


def started(count: int, threads: int, home: str) -> "subprocess.Popen[bytes]":
    environment = {
        **os.environ, "HOME": home, "PYTHONPATH": str(Path(__file__).parents[1] / "src"),
        "PYTHONPYCACHEPREFIX": f"{home}/bytecode",
    }  # fmt: skip
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    argv = ("generate", "key", "--seed", "1", "--steps", "30", "--fresh", "--library-only")
    own = ("--count", str(count), "--threads", str(threads))
    return subprocess.Popen(
        [sys.executable, "-m", "audobon_cli", *argv, *own], env=environment,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def seconds(processes: "list[subprocess.Popen[bytes]]", began: float) -> float:
    for process in processes:
        if process.wait():
            raise SystemExit(f"a run ended with status {process.returncode}")
    return time.perf_counter() - began


def wall(threads: int, rounds: int) -> None:
    """Print what several threads take of one thread's time, and what as many processes do."""
    times: dict[str, list[float]] = {"one": [], "several": [], "processes": []}
    with tempfile.TemporaryDirectory() as work:
        homes = [f"{work}/{number}" for number in range(threads + 1)]
        for number in range(rounds + 1):
            for name in times:
                began = time.perf_counter()
                if name == "processes":
                    share = PICTURES // threads
                    running = [started(share, 1, home) for home in homes[1:]]
                else:
                    running = [started(PICTURES, 1 if name == "one" else threads, homes[0])]
                taken = seconds(running, began)
                if number:
                    times[name].append(taken)
    one, several, processes = (statistics.median(found) for found in times.values())
    print(
        f"{PICTURES} pictures, high: 1 thread {one:.2f} s, {threads} threads {several:.2f} s = {several / one:.2f}"
    )
    print(f"{threads} processes of one thread: {processes:.2f} s = {processes / one:.2f}; ", end="")
    print(f"threads / processes = {several / processes:.2f} (target 1.05)")


def by_hand(
    requests: list[ResolvedRequest], loaded: Any, folder: Path, threads: int, engine: LocalRuntimes
) -> None:
    """Draw, encode with the recipe, write and sync: nothing else."""
    facts = engine.load(requests[0], ignore)
    lock = threading.Lock()

    def one(request: ResolvedRequest) -> None:
        pixels = draw(loaded, request, request.seed, lambda done, steps: None)
        image, _ = to_picture(pixels, premultiplied=True)
        medium = medium_named(request.output.medium)
        recipe = make_recipe(request, request.seed, facts, request.seed)
        data = medium.encode(medium.finish(image, request.output), recipe)
        with lock, (folder / f"{request.seed}-{request.prompt}.png").open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(one, requests))


def batch(threads: int, rounds: int) -> None:
    """Print what a batch takes of the time of the loop."""
    requests = [
        builtin_request(words, seed=place, quality="draft") for place, words in enumerate(prompts(BATCH))
    ]
    engine = LocalRuntimes("cpu")
    engine.load(requests[0], ignore)
    loaded = load_exports(requests[0], None)
    ours, theirs = [], []
    for number in range(rounds + 1):
        with tempfile.TemporaryDirectory() as work:
            library = Library.create(Path(work) / "library")
            context = GenerationContext(engine, library, None, 0, threads=threads)
            began = time.perf_counter()
            report = generate(requests, context)
            taken = time.perf_counter() - began
            library.close()
            if report.error():
                raise SystemExit(str(report.error()))
            began = time.perf_counter()
            by_hand(requests, loaded, Path(work), threads, engine)
            hand = time.perf_counter() - began
        if number:
            ours.append(taken)
            theirs.append(hand)
    ratio = statistics.median(mine / other for mine, other in zip(ours, theirs, strict=True))
    print(f"batch of {BATCH}, {threads} threads: {statistics.median(ours):.2f} s / loop "
          f"{statistics.median(theirs):.2f} s = {ratio:.3f} (target 1.05)")  # fmt: skip


def agree(count: int, strength: float) -> None:
    """Print how far the runtimes are apart."""
    from audobon_cli.engines.diffusers import engine as diffusers_engine
    from audobon_cli.engines.diffusers.media_calls import MEDIUM_CALLS
    from audobon_cli.engines.onnx.scorer import OnnxScorer
    from audobon_cli.engines.scoring.image_scorer import ImageScorer

    seen: dict[str, Any] = {}
    calls = MEDIUM_CALLS[IMAGE]

    def rendered(output: Any, *rest: Any) -> Any:
        seen["pixels"] = np.asarray(output.images[0])
        return calls.rendered(output, *rest)

    watched = {**MEDIUM_CALLS, IMAGE: replace(calls, rendered=rendered)}
    setattr(diffusers_engine, "MEDIUM_CALLS", watched)  # noqa: B010 - it is not that module's own
    plain = diffusers_engine.LocalEngine("cpu")
    first = builtin_request("key")
    loaded = load_exports(first, None)
    assert first.model.scorer is not None
    scorers: tuple[LoadedScorer, ...] = (
        OnnxScorer(first.model),
        ImageScorer(first.model.scorer, first.model.folder),
    )
    levels, shares, other = [], [], 0
    pictures: tuple[list[Any], list[Any]] = ([], [])
    for place, words in enumerate(prompts(count)):
        inputs = ImageInputs(strength=strength)
        request = builtin_request(words, seed=1000 + place, quality="draft", inputs=inputs)
        request = replace(request, timeout_seconds=None)
        drawn = plain.render(request, request.seed, 0, ignore, never).image
        pixels = draw(loaded, request, request.seed, lambda done, steps: None)
        image, _ = to_picture(pixels, premultiplied=True)
        levels.append(float(np.abs(pixels - seen["pixels"]).max() * 255))
        shares.append(float((np.asarray(image) != np.asarray(drawn)).any(axis=-1).mean()))
        pictures[0].append(image)
        pictures[1].append(drawn)
        if len(pictures[0]) == 4:
            scores = [scorer.scores(found, words) for scorer, found in zip(scorers, pictures, strict=True)]
            best = [max(range(4), key=found.__getitem__) for found in scores]
            tie = abs(scores[1][best[0]] - scores[1][best[1]]) <= 1e-4
            other += best[0] != best[1] and not tie
            pictures = ([], [])
    share, worst = 100 * statistics.mean(shares), 100 * max(shares)
    print(f"{count} prompts: decoded values within {max(levels):.3f} levels of 255", end=" ")
    print(f"(median {statistics.median(levels):.4f})")
    print(f"finished pixels that differ: {share:.3f} % (worst picture {worst:.2f} %)")
    print(f"other candidates chosen of four: {other} of {count // 4}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("what", choices=("wall", "batch", "agree"))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--prompts", type=int, default=200)
    parser.add_argument("--strength", type=float, default=1.0, help="less than 1: drawn on from compositions")
    options = parser.parse_args()
    if options.what == "wall":
        wall(options.threads, options.rounds)
    elif options.what == "batch":
        batch(options.threads, options.rounds)
    else:
        agree(options.prompts, options.strength)


if __name__ == "__main__":
    main()
