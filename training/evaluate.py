"""Last step: how good the model is, in figures and on a contact sheet.

Draws as `audobon generate --quality high` does. The judge is `evaluator.py`'s
network, which must be trained first; it has seen real renders alone, and none of the judged style's family. Takes
about three minutes on two cores; `--quality high ultra` draws five times as much.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import time
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from contact_sheet import contact_sheet
from evaluator import load_evaluator
from judging import read_renders
from metrics import clean_alpha, memory, names_to_numbers, retrieval
from sampling import Studio, quality_settings

PROMPTS_FILE = Path(__file__).with_name("evaluation_prompts.toml")
BUILTIN = Path(__file__).parents[1] / "src" / "audobon_cli" / "builtin"
COLUMNS = 8


def read_prompts() -> dict[str, list[str]]:
    """Return the lists `common` and `sheet`."""
    prompts: dict[str, list[str]] = tomllib.loads(PROMPTS_FILE.read_text(encoding="utf-8"))
    return prompts


def evaluate(options: argparse.Namespace) -> dict[str, Any]:
    """Draw, judge, and write the contact sheet; return all figures."""
    began = time.monotonic()
    judge, notes = load_evaluator(options.evaluator)
    renders, prompts = read_renders(options.work), read_prompts()
    studio = Studio(options.folder, options.scorer)
    concept = names_to_numbers(prompts["common"], renders)
    held_out = json.loads(notes["held_out"])
    figures: dict[str, Any] = {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": f"{platform.system()} {platform.machine()}, {processor_name()}",
        "model": str(options.folder.name),
        "samples_seen": options.samples or None,
        "style": options.style,
        "evaluator": {**notes, "held_out": held_out},
        "qualities": {},
    }
    for name in options.quality:
        settings = quality_settings(name)
        drawing = studio.draw(prompts["common"], options.style, settings)
        pictures = drawing.premultiplied()
        figures["qualities"][name] = {
            "steps": settings.steps,
            "guidance": settings.guidance,
            "candidates": settings.candidates,
            "seconds_a_picture": round(statistics.median(drawing.seconds), 2),
            **retrieval(judge, pictures, concept, renders, options.style),
            **clean_alpha(pictures),
            "nearest_training_picture": memory(pictures, concept, renders, options.style, held_out),
        }
    if options.sheet:
        # Other seeds than the figures': nobody has looked at these when the figures are taken.
        drawing = studio.draw(prompts["sheet"], options.style, quality_settings("high"), first_seed=1000)
        sheet = contact_sheet(drawing.images, prompts["sheet"], COLUMNS)
        sheet.quantize(256).save(options.sheet, optimize=True)
        figures["sheet"] = clean_alpha(drawing.premultiplied())
    figures["seconds"] = round(time.monotonic() - began)
    return figures


def processor_name() -> str:
    """Return the processor's name, as far as the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown"
    )


def markdown(figures: dict[str, Any]) -> str:
    """Return the block for the model card."""
    evaluator = figures["evaluator"]
    seen = f"{figures['samples_seen']:,}" if figures["samples_seen"] else "see Training"
    held_out = ", ".join(evaluator["held_out"])
    lines = [
        f"Measured {figures['date']} on {figures['machine']}; samples seen in training: {seen}. 100 common "
        f"single-concept prompts in the style {figures['style']} (`training/evaluation_prompts.toml`, chosen "
        f"beforehand). Judge: a network taught by real renders only, none of them in {held_out}; it picks one "
        "of all concepts. It shares no weights, seed or data split with the scorer that `ultra` chooses with.",
        "",
        "| quality | top-1 drawn / real | top-10 drawn / real | top-10 ratio | clean alpha | seconds |",
        "|---|---|---|---|---|---|",
    ]
    for name, row in figures["qualities"].items():
        pairs = [f"{row[f'drawn_top{count}']:.0%} / {row[f'real_top{count}']:.0%}" for count in (1, 10)]
        shares = [f"{row['ratio_top10']:.0%}", f"{row['clean_share']:.0%}", str(row["seconds_a_picture"])]
        lines.append(f"| {' | '.join([name, *pairs, *shares])} |")
    distances = next(iter(figures["qualities"].values()))["nearest_training_picture"]
    drawn, real = (", ".join(f"{value:.3f}" for value in row) for row in distances.values())
    lines += [
        "",
        "Distance to the nearest training picture (root mean square at 16 x 16 pixels; least, deciles, greatest):",
        "",
        f"- drawn: {drawn}",
        f"- real renders, to pictures by other hands: {real}",
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run the step; prints the Markdown block."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="exported model")
    parser.add_argument("--evaluator", type=Path, required=True, help="what evaluator.py wrote")
    parser.add_argument("--scorer", type=Path, default=BUILTIN / "scorer", help="folder of the scorer")
    parser.add_argument("--work", type=Path, default=Path(__file__).with_name(".work"), help="prepared data")
    parser.add_argument(
        "--style", default="vivid", help="style to draw in; the evaluator must not have seen it"
    )
    parser.add_argument("--quality", nargs="+", default=["high"])
    parser.add_argument(
        "--samples", type=int, default=0, help="samples the denoiser has seen, for the record"
    )
    parser.add_argument("--sheet", type=Path, help="write the contact sheet to this PNG")
    parser.add_argument("--out", type=Path, help="write all figures to this JSON file")
    options = parser.parse_args()
    figures = evaluate(options)
    if options.out:
        options.out.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    print(markdown(figures))


if __name__ == "__main__":
    main()
