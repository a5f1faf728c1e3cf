"""``audobon generate``: pictures from words."""

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.scaling import Upscale

if TYPE_CHECKING:
    from audobon_cli.services.generation import GenerationReport

EXAMPLES = (
    'audobon generate "cute dragon" --quality high',
    'audobon generate "red apple" "iron sword" --count 3 --seed 7',
    'audobon generate "ghost" --size 256 --out ghost.png',
    "audobon generate - --json < prompts.txt",
)


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "generate", examples=EXAMPLES)(generate)


def generate(
    session: Session,
    prompts: Annotated[
        list[str],
        typer.Argument(metavar="PROMPT...", help="What to draw; - reads one prompt a line from stdin."),
    ],
    quality: Annotated[
        str | None, typer.Option("--quality", help="draft, optimized, high, ultra, or one of your own.")
    ] = None,
    style: Annotated[
        str | None, typer.Option("--style", help="A style of `audobon presets list`, or none.")
    ] = None,
    model: Annotated[
        str | None, typer.Option("--model", help="A model's name, or a diffusers folder.")
    ] = None,
    size: Annotated[
        str | None, typer.Option("--size", metavar="64|WxH|NAME", help="Pixels, or a named size.")
    ] = None,
    count: Annotated[int, typer.Option("--count", "-n", help="Pictures per prompt, of seeds in a row.")] = 1,
    seed: Annotated[
        int | None, typer.Option("--seed", help="The first picture's seed; the same gives the same.")
    ] = None,
    negative: Annotated[str, typer.Option("--negative", help="What should not be in it.")] = "",
    steps: Annotated[int | None, typer.Option("--steps", help="Denoising steps.")] = None,
    guidance: Annotated[
        float | None, typer.Option("--guidance", help="How closely the prompt is followed.")
    ] = None,
    candidates: Annotated[
        int | None, typer.Option("--candidates", help="Pictures drawn for each one kept: the best of them.")
    ] = None,
    upscale: Annotated[
        Upscale | None, typer.Option("--upscale", help="How sprites are made larger than they are drawn.")
    ] = None,
    out: Annotated[
        str | None, typer.Option("--out", "-o", metavar="FILE|FOLDER|-", help="Where to write; - is stdout.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a file that is there.")] = False,
    preview: Annotated[bool, typer.Option("--preview", help="Show the pictures in the terminal.")] = False,
) -> None:
    """Make pictures from words; each goes into the library with its recipe, and into a PNG file.

    Prints the paths of the files. The same prompt, options and seed give the same picture.
    """
    from audobon_cli.cli.interruption import Interruption
    from audobon_cli.cli.progress import listening
    from audobon_cli.domain.request import GenerationRequest
    from audobon_cli.services.generation import Workshop, check_run
    from audobon_cli.services.generation import generate as make
    from audobon_cli.services.model_use import noting_use
    from audobon_cli.services.outputs import Outputs
    from audobon_cli.services.resolution import resolve

    workspace = session.workspace
    asked = [
        GenerationRequest(
            text, negative, model, quality, style, size, steps, guidance, seed, count, candidates, upscale
        )
        for text in _prompts(prompts)
    ]
    requests = [resolve(request, workspace.settings, workspace.models) for request in asked]
    total = sum(request.count for request in requests)
    outputs = None
    if out == "-":
        _check_stdout(session, total)
    else:
        folder = workspace.folder / workspace.settings.output_folder
        outputs = Outputs.plan(out, folder.expanduser(), total, overwrite)
    check_run(requests, workspace.library, outputs)
    # Imports numpy, which refusals should not wait for.
    from audobon_cli.services.sprite_checks import scoring

    with Interruption(session.out) as interruption, listening(session.out) as listen:
        workshop = Workshop(workspace.engine(), workspace.library, outputs, workspace.settings.retries)
        noting = noting_use(workspace.models, [request.model for request in requests], listen)
        scored = scoring(workspace.library, workspace.contract, noting)
        report = make(requests, workshop, scored, interruption.should_stop)
    session.finish(_data(report), lambda: _show(session, report, preview), report.error())


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
