"""A picture from a cold start, beside another checkout of the program, torch's own import and the Hub's command.

    python bench/cold.py --against ../other/src [--rounds 7]

Processor time, wall time and peak memory of whole processes, each source with a home of its own and its bytecode
cached, run in turn; medians, and the ratio to the other checkout. The large road is a tiny SDXL pipeline, so that
imports and loading are all there is to it. The step of the built-in model is timed in one process on one thread, in
ONNX Runtime and in PyTorch, in turn.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

PROGRAM = (sys.executable, "-m", "audobon_cli")
KEY = ("generate", "key", "--seed", "1", "--fresh", "--library-only")
DRAFT, HIGH = ("--steps", "8"), ("--steps", "30")
"""Those of the built-in model's qualities: asked for, they are the network's wherever compositions come first."""

BUILD = """
import sys
from pathlib import Path
from tests.tiny_models.stable_diffusion import build_sdxl_model
build_sdxl_model(Path(sys.argv[1]))
"""


@dataclass(frozen=True)
class Cost:
    """Of one process: processor and wall seconds, and the most memory it had."""

    processor: float
    wall: float
    mebibytes: float


def run(argv: tuple[str, ...], source: str, home: str) -> Cost:
    """Run ``argv`` with the package in ``source``."""
    environment = {
        **os.environ, "PYTHONPATH": source, "HOME": home, "PYTHONPYCACHEPREFIX": f"{home}/bytecode"
    }  # fmt: skip
    for name in ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"):
        environment.pop(name, None)
    began = time.perf_counter()
    process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(argv)} ended with status {process.returncode}")
    return Cost(used.ru_utime + used.ru_stime, wall, used.ru_maxrss / 1024)


def commands(model: str) -> dict[str, tuple[str, ...]]:
    """What is compared, by its name in the table."""
    return {
        "generate, as typed": (*PROGRAM, *KEY, "--quality", "draft"),
        "network, draft": (*PROGRAM, *KEY, *DRAFT),
        "network, high": (*PROGRAM, *KEY, *HIGH),
        "network, best of 4": (*PROGRAM, *KEY, *HIGH, "--candidates", "4"),
        "generate, tiny SDXL": (*PROGRAM, *KEY, "--model", model, "--steps", "2", "--size", "64x64"),
        "--help": (*PROGRAM, "--help"),
        "assets list": (*PROGRAM, "assets", "list"),
    }


def alone() -> dict[str, tuple[str, ...]]:
    """What has no other side."""
    folder = Path(sys.executable).parent
    return {
        'python -c "import torch"': (sys.executable, "-c", "import torch"),
        "hf version": (sys.executable, str(folder / "hf"), "version"),
    }


def compared(against: str, rounds: int, folder: Path) -> dict[str, dict[str, list[Cost]]]:
    """The costs of every command, by source."""
    # In a process of its own: what a child took at most counts what this one had when it was begun (getrusage(2)).
    subprocess.run([sys.executable, "-c", BUILD, str(folder / "sdxl")], check=True)
    own = str(Path(__file__).parents[1] / "src")
    found: dict[str, dict[str, list[Cost]]] = {}
    places = {"here": (own, str(folder / "here")), "there": (against, str(folder / "there"))}
    for number in range(rounds + 1):
        for name, argv in commands(str(folder / "sdxl")).items():
            for side in ("here", "there") if number % 2 else ("there", "here"):
                cost = run(argv, *places[side])
                if number:  # the first makes homes and bytecode
                    found.setdefault(name, {}).setdefault(side, []).append(cost)
        for name, argv in alone().items():
            cost = run(argv, *places["here"])
            if number:
                found.setdefault(name, {}).setdefault("here", []).append(cost)
    return found


def steps(rounds: int) -> tuple[float, float]:
    """Milliseconds of one guided step of the built-in model on one thread: graphs, PyTorch."""
    import torch
    from diffusers import UNet2DConditionModel
    from tests.builtin_model import builtin_request

    from audobon_cli.engines.onnx.engine import load_exports

    torch.set_num_threads(1)
    request = builtin_request("key")
    loaded = load_exports(request, None)
    plain = UNet2DConditionModel.from_pretrained(
        request.model.folder / "unet", torch_dtype=torch.float32
    ).eval()
    random = np.random.default_rng(1)
    latents = random.standard_normal((2, *loaded.latents[1:]), dtype=np.float32)
    states = random.standard_normal((2, 24, 384), dtype=np.float32)
    moment = np.array([500, 500], dtype=np.float32)
    tensors = [torch.from_numpy(value) for value in (latents, moment, states)]

    def graph() -> None:
        loaded.denoiser(latents=latents, time=moment, states=states)

    def pytorch() -> None:
        with torch.inference_mode():
            plain(*tensors, return_dict=False)

    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds * 3):
        for found, step in zip(times, (graph, pytorch), strict=True):
            found.append(timed(step, 5))
    return statistics.median(times[0]), statistics.median(times[1])


def timed(step: Callable[[], None], count: int) -> float:
    began = time.process_time()
    for _ in range(count):
        step()
    return (time.process_time() - began) / count * 1000


def middle(costs: list[Cost], field: str) -> float:
    return float(statistics.median(getattr(cost, field) for cost in costs))


def show(found: dict[str, dict[str, list[Cost]]]) -> None:
    """Print the table, and the ratios that have targets."""
    print(f"{'':<26}{'processor s':>24}{'wall s':>20}{'peak MiB':>20}")
    for name, sides in found.items():
        cells = []
        for field, width in (("processor", 24), ("wall", 20), ("mebibytes", 20)):
            form = ".0f" if field == "mebibytes" else ".2f"
            here = middle(sides["here"], field)
            text = f"{here:{form}}"
            if "there" in sides:
                there = middle(sides["there"], field)
                text += f" / {there:{form}} = {here / there:.3f}"
            cells.append(f"{text:>{width}}")
        print(f"{name:<26}{''.join(cells)}")
    processor = {name: middle(sides["here"], "processor") for name, sides in found.items()}
    torch, hub = processor['python -c "import torch"'], processor["hf version"]
    print(f"network, draft / import torch: {processor['network, draft'] / torch:.2f} (target 0.60)")
    for name in ("--help", "assets list"):
        print(f"{name} / hf version: {processor[name] / hub:.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--against", required=True, help="src of another checkout")
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        show(compared(options.against, options.rounds, Path(work)))
    graph, pytorch = steps(options.rounds)
    print(
        f"a guided step: {graph:.1f} ms / {pytorch:.1f} ms in PyTorch = {graph / pytorch:.2f} (target 0.60)"
    )


if __name__ == "__main__":
    main()
