"""Measure every configuration on a CUDA card against predictions.json, then try plans under capped memory.

    python -m bench.gpu.measure [--minutes 9] [--out results.json]
    python -m bench.gpu.measure --dry-run          (the processor, tiny networks: that every line but the calls of
                                                    torch.cuda runs; figures are the predicted ones)

One process a configuration, so that none inherits another's cache; two calls each, the second is measured.
Reports the signed error of allocated and reserved peaks (median, 95th percentile, worst) by strategy, and for
each cap of 4, 6, 8 and 12 GiB whether the plan's choice ran. What the time did not suffice for is listed as
not run; nothing is left out. The cap bounds PyTorch's allocator only.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from bench.gpu.grid import CAPS_GIB, GUIDANCE, MODELS, PRECISION, SIZES, Configuration, configurations
from bench.gpu.predict import FILE

GIB = 2**30
STEPS = 2


class MeasuredCard:
    """What is asked of torch.cuda."""

    device = "cuda"

    def facts(self) -> dict[str, Any]:
        """What it ran on."""
        import torch

        return {"gpu": torch.cuda.get_device_name(), "cudnn": torch.backends.cudnn.version()}

    def hopper(self) -> bool:
        """Whether cuBLAS takes the larger workspace."""
        import torch

        return bool(torch.cuda.get_device_capability()[0] == 9)

    def cap(self, gib: float) -> None:
        """Let PyTorch's allocator have no more than ``gib``."""
        import torch

        torch.cuda.set_per_process_memory_fraction(gib * GIB / torch.cuda.mem_get_info()[1])

    def restart(self) -> None:
        """Forget the peaks so far."""
        import torch

        torch.cuda.reset_peak_memory_stats()

    def peaks(self, one: Configuration) -> dict[str, int]:
        """What was allocated and reserved at most since the restart."""
        import torch

        torch.cuda.synchronize()
        return {
            "allocated": torch.cuda.max_memory_allocated(),
            "reserved": torch.cuda.max_memory_reserved(),
            "retries": torch.cuda.memory_stats()["num_alloc_retries"],
        }


class NoCard(MeasuredCard):
    """The same without a card: every figure is the predicted one."""

    device = "cpu"

    def facts(self) -> dict[str, Any]:
        """Nothing is measured."""
        return {"gpu": "none (dry run)", "cudnn": None}

    def hopper(self) -> bool:
        """Predictions for other cards are used."""
        return False

    def cap(self, gib: float) -> None:
        """The processor has no cap."""

    def restart(self) -> None:
        """Nothing is counted."""

    def peaks(self, one: Configuration) -> dict[str, int]:
        """The predicted figures."""
        predicted = json.loads(FILE.read_text())["other"]["predictions"].get(one.name)
        return {**(predicted or {"allocated": 1, "reserved": 1}), "retries": 0}


def run_one(one: Configuration, cap_gib: float, dry: bool) -> dict[str, Any]:
    """Run ``one`` in this process; what it took in bytes."""
    import torch
    from bench.gpu.pipelines import pipeline

    from audobon_cli.domain.strategy import Precision
    from audobon_cli.engines.diffusers.memory.device import DevicePlacement
    from audobon_cli.engines.diffusers.memory.strategies import apply_strategy, attention_kernels
    from audobon_cli.vram.strategies import strategy_named

    precision = Precision.FLOAT32 if dry else Precision(PRECISION)
    card = NoCard() if dry else MeasuredCard()
    result: dict[str, Any] = {"name": one.name, "cap_gib": cap_gib or None, "torch": torch.__version__}
    result |= card.facts()
    if cap_gib:
        card.cap(cap_gib)
    strategy = strategy_named(one.strategy)
    made = pipeline(one.model, precision, small=dry)
    size = 64 if dry else one.size
    call = {"height": size, "width": size, "num_inference_steps": STEPS, "guidance_scale": GUIDANCE}
    try:
        apply_strategy(made, strategy, DevicePlacement(card.device, getattr(torch, precision.value)))
        for _ in range(2):
            card.restart()
            began = time.perf_counter()
            with torch.inference_mode(), attention_kernels(strategy):
                made("x", output_type="pt", **call)
            result["seconds"] = round(time.perf_counter() - began, 3)
        result["fits"] = True
    except torch.OutOfMemoryError as error:
        result |= {"fits": False, "error": str(error)[:200]}
    return result | card.peaks(one)


def in_process(one: Configuration, cap_gib: float, dry: bool) -> dict[str, Any]:
    """Run ``one`` in a process of its own."""
    argv = [sys.executable, "-m", "bench.gpu.measure", "--one", one.model, str(one.size), one.strategy]
    argv += ["--cap-gib", str(cap_gib), *(["--dry-run"] if dry else [])]
    ran = subprocess.run(argv, capture_output=True, text=True, cwd=Path(__file__).parents[2], check=False)
    if ran.returncode:
        return {"name": one.name, "cap_gib": cap_gib or None, "error": ran.stderr.strip()[-300:]}
    found: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return found


def report(results: list[dict[str, Any]], predicted: dict[str, dict[str, int]]) -> None:
    """Print signed errors by strategy."""
    print(f"{'strategy':<24}{'runs':>5}{'':>11}{'median':>9}{'p95':>9}{'worst':>9}")
    measured = [one for one in results if one.get("fits") and not one["cap_gib"]]
    strategies = dict.fromkeys(one["name"].split()[-1] for one in measured)
    for strategy in (*strategies, ""):
        rows = [one for one in measured if strategy in ("", one["name"].split()[-1])]
        for kind in ("allocated", "reserved"):
            errors = sorted((predicted[one["name"]][kind] / one[kind] - 1 for one in rows), key=abs)
            if errors:
                p95 = errors[round(0.95 * (len(errors) - 1))]
                cells = f"{statistics.median(errors):>+9.1%}{p95:>+9.1%}{errors[-1]:>+9.1%}"
                print(f"{strategy or 'all':<24}{len(errors):>5} {kind:<10}{cells}")


def report_caps(results: list[dict[str, Any]]) -> None:
    """Print the trials of "it fits"."""
    for one in results:
        if one["cap_gib"]:
            verdict = "ran" if one.get("fits") else f"FAILED: {one.get('error', 'out of memory')}"
            print(f"{one['cap_gib']:>4} GiB  {one['name']:<40} {verdict}")


def main() -> None:
    """Measure all, or with --one a single configuration."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=9)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--dry-run", action="store_true")
    parser.add_argument("--one", nargs=3, metavar=("MODEL", "SIZE", "STRATEGY"))
    parser.add_argument("--cap-gib", type=float, default=0)
    asked = parser.parse_args()
    if asked.one:
        model, size, strategy = asked.one
        print(json.dumps(run_one(Configuration(model, int(size), strategy), asked.cap_gib, asked.dry_run)))
        return
    card = NoCard() if asked.dry_run else MeasuredCard()
    known = json.loads(FILE.read_text())["hopper" if card.hopper() else "other"]
    todo = [(one, 0.0) for one in configurations()]
    for model in MODELS:
        for cap in CAPS_GIB:
            choice = known["choices"][model][str(cap)]
            if choice is not None:
                todo.append((Configuration(model, SIZES[model][-1], choice), float(cap)))
    if asked.dry_run:
        # Every strategy on the smallest model that has it, and a capped trial of each model.
        first = {one.strategy: (one, cap) for one, cap in reversed(todo) if not cap}
        capped = {one.model: (one, cap) for one, cap in todo if cap}
        todo = [*first.values(), *capped.values()]
    ends = time.monotonic() + asked.minutes * 60
    results: list[dict[str, Any]] = []
    for one, cap in todo:
        late = time.monotonic() > ends
        result = (
            {"name": one.name, "cap_gib": cap or None, "error": "not run"}
            if late
            else in_process(one, cap, asked.dry_run)
        )
        results.append(result)
        print(json.dumps(result), flush=True)
    if asked.out:
        asked.out.write_text(json.dumps(results, indent=1) + "\n")
    missing = [one["name"] for one in results if "fits" not in one]
    report(results, known["predictions"])
    report_caps(results)
    print(f"{len(results) - len(missing)} of {len(results)} ran; without a result: {missing or 'none'}")
    sys.exit(1 if asked.dry_run and missing else 0)


if __name__ == "__main__":
    main()
