"""``audobon generate``: pictures from words."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from audobon_cli.cli.adapter_options import AdapterOptions
from audobon_cli.cli.options import command
from audobon_cli.cli.part_options import PartOptions
from audobon_cli.cli.picture_options import PictureOptions
from audobon_cli.cli.run_options import RunOptions
from audobon_cli.cli.session import Session
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.scaling import Upscale

if TYPE_CHECKING:
    from collections.abc import Sequence

    from audobon_cli.domain.events import Listener
    from audobon_cli.domain.request import GenerationRequest, ResolvedRequest
    from audobon_cli.services.generation import GenerationReport
    from audobon_cli.services.outputs import Outputs
    from audobon_cli.services.placing import Placed

EXAMPLES = (
    'audobon generate "cute dragon" --quality high',
    'audobon generate "red apple" "iron sword" --count 3 --seed 7',
    'audobon generate "ghost" --size 256 --out ghost.png',
    'audobon generate "(red:1.4) potion" --init-image potion.png --strength 0.6',
    'audobon generate "crown" --init-image king.png --mask head.png',
    'audobon generate "mossy stones" --model sd15 --tile xy --seed 7 --fresh',
    "audobon generate - --json < prompts.txt",
    'audobon generate "knight" --model sdxl --lora pixel-art:0.8 --lora ink.safetensors:0.4',
    'audobon generate "a <fur-hat> fox" --model sd15 --embedding fur-hat.safetensors',
    'audobon generate "castle" --model sd15 --control canny:sketch.png:0.7',
    'audobon generate "dragon" --model sdxl --reference mascot.png:0.6 --refiner sdxl-refiner:0.8',
    'audobon generate "castle" --model sdxl --plan',
)

QualityName = Annotated[
    str | None, typer.Option("--quality", help="draft, optimized, high, ultra, or one of your own.")
]
StyleName = Annotated[str | None, typer.Option("--style", help="A style of `audobon presets list`, or none.")]
ModelName = Annotated[
    str | None, typer.Option("--model", help="A model's name, a diffusers folder or a .safetensors file.")
]
SizeName = Annotated[
    str | None, typer.Option("--size", metavar="64|WxH|NAME", help="Pixels, or a named size.")
]
Guidance = Annotated[float | None, typer.Option("--guidance", help="How closely the prompt is followed.")]
Candidates = Annotated[
    int | None, typer.Option("--candidates", help="Pictures drawn for each one kept: the best of them.")
]
Scaling = Annotated[
    Upscale | None, typer.Option("--upscale", help="How sprites are made larger than they are drawn.")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "generate", examples=EXAMPLES)(generate)


def generate(
    session: Session,
    prompts: Annotated[
        list[str],
        typer.Argument(metavar="PROMPT...", help="What to draw; - reads one prompt a line from stdin."),
    ],
    quality: QualityName = None,
    style: StyleName = None,
    model: ModelName = None,
    size: SizeName = None,
    count: Annotated[int, typer.Option("--count", "-n", help="Pictures per prompt, of seeds in a row.")] = 1,
    seed: Annotated[
        int | None, typer.Option("--seed", help="The first picture's seed; the same gives the same.")
    ] = None,
    negative: Annotated[str, typer.Option("--negative", help="What should not be in it.")] = "",
    steps: Annotated[int | None, typer.Option("--steps", help="Denoising steps.")] = None,
    guidance: Guidance = None,
    candidates: Candidates = None,
    upscale: Scaling = None,
    out: Annotated[
        str | None, typer.Option("--out", "-o", metavar="FILE|FOLDER|-", help="Where to write; - is stdout.")
    ] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Make pictures again that are in the library already.")
    ] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a file that is there.")] = False,
    preview: Annotated[bool, typer.Option("--preview", help="Show the pictures in the terminal.")] = False,
    *,
    parts: PartOptions,
    pictures: PictureOptions,
    adapters: AdapterOptions,
    run: RunOptions,
) -> None:
    """Make pictures from words; each goes into the library with its recipe, and into a PNG file.

    Prints the paths of the files. The same prompt, options and seed give the same picture; one that was made
    before comes from the library at once. (word:1.3) gives a word more weight, [word] less.
    """
    from audobon_cli.domain.request import GenerationRequest

    inputs, added = pictures.parse(), adapters.parse()
    asked = [
        GenerationRequest(
            prompt=text,
            negative=negative,
            model=model,
            quality=quality,
            style=style,
            size=size,
            steps=steps,
            guidance=guidance,
            seed=seed,
            count=count,
            inputs=inputs,
            adapters=added,
            scheduler=parts.scheduler,
            vae=parts.vae,
            components=tuple(parts.component or ()),
            candidates=candidates,
            upscale=upscale,
        )
        for text in _prompts(prompts)
    ]
    session.workspace.use_warm(run.keep_warm)
    placed = _place(session, asked, run)
    if run.plan:
        _show_plan(session, placed)
        return
    outputs = _plan_outputs(session, [one.request for one in placed], out, overwrite)
    report = _make(session, placed, outputs, fresh)
    session.finish(_data(report), lambda: _show(session, report, preview), report.error())


def _place(session: Session, asked: "Sequence[GenerationRequest]", run: RunOptions) -> "list[Placed]":
    """The requests with every choice made, that of the memory strategy too."""
    from audobon_cli.services.resolution import resolve

    workspace = session.workspace
    settings, models = workspace.settings, workspace.models
    requests = [resolve(request, settings, models, lambda: workspace.library) for request in asked]
    if run.timeout is not None:
        requests = [replace(request, timeout_seconds=run.timeout or None) for request in requests]
    return [workspace.placing.place(request, run.strategy, shown=run.plan) for request in requests]


def _plan_outputs(
    session: Session, requests: "Sequence[ResolvedRequest]", out: str | None, overwrite: bool
) -> "Outputs | None":
    """Where the pictures go besides the library; None for stdout."""
    from audobon_cli.services.outputs import Outputs

    total = sum(request.count for request in requests)
    if out == "-":
        _check_stdout(session, total)
        return None
    folder = session.workspace.folder / session.workspace.settings.output_folder
    return Outputs.plan(out, folder.expanduser(), total, overwrite)


def _make(
    session: Session, placed: "Sequence[Placed]", outputs: "Outputs | None", fresh: bool
) -> "GenerationReport":
    """Make the pictures, or with ``fresh`` make them anew, with progress and Ctrl-C heeded."""
    from audobon_cli.cli.interruption import Interruption
    from audobon_cli.cli.progress import listening
    from audobon_cli.services.generation import Workshop, check_run, generate
    from audobon_cli.services.model_use import noting_use

    workspace = session.workspace
    requests = [one.request for one in placed]
    check_run(requests, workspace.library, outputs)
    results = None if fresh else workspace.results()
    with Interruption(session.out) as interruption, listening(session.out) as listen:
        for event in workspace.placing.choices(placed):
            listen(event)
        workshop = Workshop(
            workspace.engine(),
            workspace.library,
            outputs,
            workspace.settings.retries,
            results,
            ladder=workspace.placing.ladder(placed),
            judge=workspace.judge(),
        )
        noting = noting_use(workspace.models, [request.model for request in requests], listen)
        return generate(requests, workshop, _scored(session, noting), interruption.should_stop)


def _scored(session: Session, listen: "Listener") -> "Listener":
    """``listen``, which also holds new pictures to the project's contract, if there is one."""
    workspace = session.workspace
    if not workspace.contract.source:
        return listen
    from audobon_cli.services.sprite_checks import scoring

    return scoring(workspace.library, workspace.contract, listen)


def _show_plan(session: Session, placed: "Sequence[Placed]") -> None:
    from audobon_cli.cli.plan_views import run_plan_data, show_run_plan
    from audobon_cli.services.run_plans import plan_run

    found = plan_run(placed, session.workspace.placing.card)
    session.out.result({"plan": run_plan_data(found)}, lambda: show_run_plan(session, found))


def _show(session: Session, report: "GenerationReport", preview: bool) -> None:
    """Paths to stdout, or the picture itself where it has none; previews to stderr, out of their way."""
    from audobon_cli.cli.pictures import show_picture

    blobs = session.workspace.library.blobs
    for picture in report.pictures:
        if preview:
            show_picture(session.out.messages, blobs.read(picture.asset.blob))
        if picture.path is None:
            session.out.binary(blobs.read(picture.asset.blob))
        else:
            session.out.line(str(picture.path))


def _data(report: "GenerationReport") -> dict[str, Any]:
    return {
        "asked": report.asked,
        "assets": [
            {**made.asset.summary(), "path": str(made.path) if made.path else None, "existing": made.existing}
            for made in report.pictures
        ],
    }


def _prompts(arguments: list[str]) -> list[str]:
    """The prompts, with ``-`` replaced by the non-empty lines of stdin."""
    found: list[str] = []
    for argument in arguments:
        if argument == "-":
            found.extend(line.strip() for line in sys.stdin if line.strip())
        else:
            found.append(argument)
    return found or [""]


def _check_stdout(session: Session, total: int) -> None:
    if session.out.for_scripts:
        raise InvalidInput("--out - and --json both want stdout.", hint="leave one of them out")
    if total != 1:
        raise InvalidInput(
            f"--out - writes one picture, and {total} are asked for.", hint="give --out a folder"
        )
    if sys.stdout.isatty():
        raise InvalidInput("--out - would write a PNG to the terminal.", hint="redirect it: --out - > a.png")
