"""What the trainer costs beside a loop written by hand, and what a LoRA of twenty sprites is worth.

python bench/training.py steps            # time a step and peak memory: ours and a plain peft loop, side by side
python bench/training.py look RUN FOLDER [STRENGTH]  # before and after: card, judge, retrieval; a sheet in FOLDER

``look`` takes a run that `audobon train lora` made of the pictures of bench/training_look.py, in the library of the
current folder.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from bench.training_look import ASKED, OTHERS, TAUGHT, woodcut
from PIL import Image

ROUNDS, STEPS, BATCH = 2, 10, 8
PROMPTS_SEED = 11


def steps() -> None:
    """Processor seconds a step of both loops in turn, each in a process of its own, and their peak memory."""
    found: dict[str, list[dict[str, float]]] = {"ours": [], "plain": []}
    for _ in range(ROUNDS):
        for which in found:
            line = subprocess.run(
                [sys.executable, __file__, "loop", which],
                check=True,
                capture_output=True,
                text=True,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            ).stdout.splitlines()[-1]
            found[which].append(json.loads(line))
    for key, unit in (("step", "s of processor time"), ("wall", "s"), ("peak", "MiB")):
        ours, plain = (statistics.median(one[key] for one in found[which]) for which in ("ours", "plain"))
        print(f"{key}: ours {ours:.4g} {unit}, plain {plain:.4g}, ratio {ours / plain:.3f}")


def loop(which: str) -> None:
    """STEPS steps of one loop on the same pictures; prints what they took."""
    import resource

    import torch

    torch.set_num_threads(1)
    advance = _ours() if which == "ours" else _plain()
    advance()
    wall, began = time.perf_counter(), time.process_time()
    for _ in range(STEPS):
        advance()
    took, passed = time.process_time() - began, time.perf_counter() - wall
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"step": took / STEPS, "wall": passed / STEPS, "peak": peak}))


def _model() -> Any:
    from audobon_cli.models.catalog import find_model
    from audobon_cli.workspace import Workspace

    return find_model("sprite", Workspace(Path.cwd(), os.environ).models)


def _pictures() -> list[Image.Image]:
    return [woodcut(thing, place) for place, thing in enumerate(TAUGHT)]


def _ours() -> Any:
    from audobon_cli.domain.ids import BlobId
    from audobon_cli.training.networks.examples import encode_set
    from audobon_cli.training.networks.families.registry import trainable_class
    from audobon_cli.training.networks.steps import Trainer
    from audobon_cli.training.pictures.training_set import TrainingPicture, training_set
    from audobon_cli.training.settings import TrainingSettings

    images = {f"{place:064x}": image for place, image in enumerate(_pictures())}
    pictures = [
        TrainingPicture(BlobId(digest), TAUGHT[place], f"zorv, {TAUGHT[place]}", 64, 64, True)
        for place, digest in enumerate(images)
    ]
    model = _model()
    trainable = trainable_class(model).load(model, "cpu")
    examples = encode_set(trainable, training_set(pictures, "zorv"), lambda one: images[one.digest])
    return Trainer(trainable, examples, TrainingSettings(steps=1000, batch=BATCH)).advance


def _plain() -> Any:
    """The loop of a tutorial: diffusers, peft and torch, nothing of ours but the pictures and the names of layers."""
    import torch
    from diffusers import StableDiffusionPipeline
    from peft import LoraConfig

    from audobon_cli.training.networks.families.sprite import SpriteTrainable

    pipe = StableDiffusionPipeline.from_pretrained(
        _model().folder, local_files_only=True, torch_dtype=torch.float32
    )
    pipe.vae.requires_grad_(False)
    pipe.text_encoder.requires_grad_(False)
    unet = pipe.unet.requires_grad_(False)
    unet.add_adapter(LoraConfig(r=8, lora_alpha=8, target_modules=list(SpriteTrainable.targets["wide"])))
    parameters = [one for one in unet.parameters() if one.requires_grad]
    optimizer = torch.optim.AdamW(parameters, 1e-3)
    kept = pipe.scheduler.alphas_cumprod
    with torch.no_grad():
        planes = np.stack(
            [np.asarray(one.convert("RGBa"), dtype=np.float32) / 255 for one in _pictures()[:18]]
        )
        latents = pipe.vae.encode(torch.from_numpy(planes).permute(0, 3, 1, 2) * 2 - 1).latent_dist.mean
        states = torch.cat([pipe.encode_prompt(f"zorv, {one}", "cpu", 1, False)[0] for one in TAUGHT[:18]])

    def advance() -> None:
        chosen = torch.randint(0, len(latents), (BATCH,))
        noise = torch.randn(BATCH, *latents.shape[1:])
        times = torch.randint(0, 1000, (BATCH,))
        signal, sigma = kept[times].sqrt().view(-1, 1, 1, 1), (1 - kept[times]).sqrt().view(-1, 1, 1, 1)
        clean = latents[chosen]
        predicted = unet(signal * clean + sigma * noise, times, states[chosen]).sample
        loss = torch.nn.functional.mse_loss(predicted, signal * noise - sigma * clean)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()

    return advance


def look(name: str, folder: Path, strength: float | None = None) -> None:
    """Draw ASKED without and with the run's LoRA, and say what that changed; ``strength`` replaces the LoRA's own."""
    from bench.training_judges import LookJudge, retrieval

    from audobon_cli.media.image.pixels import Pixels
    from audobon_cli.styles.distance import distance
    from audobon_cli.styles.learn import learn
    from audobon_cli.styles.pictures import looks_of

    folder.mkdir(parents=True, exist_ok=True)
    taught = [np.asarray(woodcut(thing, place), dtype=np.uint8) for place, thing in enumerate(TAUGHT)]
    card = learn(looks_of(taught))
    judge = LookJudge([woodcut(thing, place) for place, thing in enumerate(OTHERS)], OTHERS)
    known = [*TAUGHT, *ASKED, *OTHERS]
    real = [woodcut(thing, place + 50) for place, thing in enumerate(ASKED)]
    drawn = {
        "before": _draw(None),
        "after": _draw(name, strength),
        "the look itself": real,
    }
    for title, pictures in drawn.items():
        pixels: list[Pixels] = [np.asarray(one.convert("RGBA"), dtype=np.uint8) for one in pictures]
        apart = float(np.mean([distance(one, card).total for one in looks_of(pixels)]))
        print(
            f"{title}: card {apart:.3f}, judge of looks {judge.distance(pictures):.3f}, "
            f"retrieval {retrieval(pictures, ASKED, known):.3f}"
        )
    sheet(drawn["before"], drawn["after"], folder / "sheet.png")


def _draw(style: str | None, strength: float | None = None) -> list[Image.Image]:
    """What `audobon generate` draws of ASKED, in ``style`` if one is given."""
    from audobon_cli.domain.events import ignore
    from audobon_cli.domain.inputs import ImageInputs
    from audobon_cli.domain.request import GenerationRequest
    from audobon_cli.generation.resolve.local import resolve
    from audobon_cli.media.registry import medium_named
    from audobon_cli.workspace import Workspace

    workspace = Workspace(Path.cwd(), os.environ)
    engine = workspace.engine()
    drawn = []
    for place, thing in enumerate(ASKED):
        asked = GenerationRequest(
            prompt=thing,
            seed=PROMPTS_SEED + place,
            size="64",
            style=style,
            inputs=ImageInputs(strength=strength),
        )
        request = resolve(asked, workspace.settings, workspace.models, lambda: workspace.library)
        engine.load(request, ignore)
        made = engine.render(request, request.seed, 0, ignore, lambda: False)
        drawn.append(medium_named("image").finish(made.content, request.output).convert("RGBA"))
    return drawn


def sheet(before: list[Image.Image], after: list[Image.Image], path: Path) -> None:
    """Ten columns: two rows of before, two of after, twice as large, on light ground."""
    side, space = 128, 6
    page = Image.new(
        "RGBA", (10 * (side + space) + space, 4 * (side + space) + space + 12), (250, 250, 248, 255)
    )
    for block, pictures in enumerate((before, after)):
        for place, one in enumerate(pictures):
            left = space + (place % 10) * (side + space)
            top = space + (block * 2 + place // 10) * (side + space) + 12 * block
            page.alpha_composite(one.resize((side, side), Image.Resampling.NEAREST), (left, top))
    page.convert("RGB").save(path, optimize=True)


def main() -> None:
    """Run the task that is named."""
    task, *rest = sys.argv[1:]
    if task == "steps":
        steps()
    elif task == "loop":
        loop(rest[0])
    else:
        look(rest[0], Path(rest[1]), float(rest[2]) if rest[2:] else None)


if __name__ == "__main__":
    main()
