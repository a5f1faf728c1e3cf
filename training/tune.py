"""Compares solvers, steps and guidance by the evaluator's score and the time a picture takes: for presets/quality.

First every solver at several steps and the usual guidance, then guidance at the steps of the presets with the
solver that ships. Takes about five minutes on two cores.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import tempfile
from pathlib import Path

import torch
from audobon_cli.domain.presets import QualitySettings

from evaluate import read_prompts
from evaluator import Evaluator, load_evaluator, ranks, top
from judging import read_renders
from metrics import clean_alpha, names_to_numbers
from sampling import Studio

SOLVERS: dict[str, tuple[str, dict[str, object]]] = {
    "dpm++ 2M": ("DPMSolverMultistepScheduler", {}),
    "dpm++ 3M": ("DPMSolverMultistepScheduler", {"solver_order": 3}),
    "unipc": ("UniPCMultistepScheduler", {}),
    "ddim": ("DDIMScheduler", {"set_alpha_to_one": True}),
}
"""Class and changes to the model's scheduler configuration; the first is the one that ships."""

STEPS = (6, 8, 12, 20, 30)
GUIDANCES = (1.5, 2.5, 4.0, 6.0, 8.0)
USUAL_GUIDANCE = 4.0


def with_solver(folder: Path, solver: str, target: Path) -> Path:
    """Copy a model folder to `target` with another solver; return `target`."""
    name, changes = SOLVERS[solver]
    shutil.copytree(folder, target)
    config = target / "scheduler" / "scheduler_config.json"
    settings = json.loads(config.read_text(encoding="utf-8")) | {"_class_name": name} | changes
    config.write_text(json.dumps(settings), encoding="utf-8")
    index = target / "model_index.json"
    parts = json.loads(index.read_text(encoding="utf-8")) | {"scheduler": ["diffusers", name]}
    index.write_text(json.dumps(parts), encoding="utf-8")
    return target


class Bench:
    """Prompts and the judge of what is drawn for them."""

    def __init__(self, judge: Evaluator, prompts: list[str], concept: torch.Tensor, style: str) -> None:
        self._judge, self._prompts, self._concept, self._style = judge, prompts, concept, style

    def measure(self, studio: Studio, settings: QualitySettings) -> dict[str, float]:
        """Draw all prompts; return the evaluator's figures and the median seconds of a picture."""
        drawing = studio.draw(self._prompts, self._style, settings)
        pictures = drawing.premultiplied()
        with torch.inference_mode():
            certainty = torch.log_softmax(self._judge(pictures), dim=1).gather(1, self._concept.unsqueeze(1))
        places = ranks(self._judge, pictures, self._concept)
        return {
            "log_probability": float(certainty.mean()),
            "top10": top(places, 10),
            "clean": clean_alpha(pictures)["clean_share"],
            "seconds": statistics.median(drawing.seconds),
        }


def row(label: str, settings: QualitySettings, found: dict[str, float]) -> str:
    """One row of the table."""
    return (
        f"| {label} | {settings.steps} | {settings.guidance:g} | {found['log_probability']:.2f} | "
        f"{found['top10']:.0%} | {found['clean']:.0%} | {found['seconds']:.2f} |"
    )


def main() -> None:
    """Run the sweeps; prints a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="exported model")
    parser.add_argument("--evaluator", type=Path, required=True, help="what evaluator.py wrote")
    parser.add_argument("--work", type=Path, default=Path(__file__).with_name(".work"), help="prepared data")
    parser.add_argument("--style", default="vivid")
    parser.add_argument(
        "--prompts", type=int, default=20, help="how many of the common prompts, evenly spread"
    )
    options = parser.parse_args()
    judge, _ = load_evaluator(options.evaluator)
    common = read_prompts()["common"]
    prompts = common[:: max(1, len(common) // options.prompts)][: options.prompts]
    bench = Bench(judge, prompts, names_to_numbers(prompts, read_renders(options.work)), options.style)
    print("| solver | steps | guidance | log probability | top-10 | clean alpha | seconds |")
    print("|---|---|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as temporary:
        for number, solver in enumerate(SOLVERS):
            studio = Studio(with_solver(options.folder, solver, Path(temporary) / f"solver-{number}"))
            for steps in STEPS:
                settings = QualitySettings(steps, USUAL_GUIDANCE)
                print(row(solver, settings, bench.measure(studio, settings)), flush=True)
    studio = Studio(options.folder)
    for steps in (8, 12, 20):
        for guidance in GUIDANCES:
            settings = QualitySettings(steps, guidance)
            print(row("as shipped", settings, bench.measure(studio, settings)), flush=True)


if __name__ == "__main__":
    main()
