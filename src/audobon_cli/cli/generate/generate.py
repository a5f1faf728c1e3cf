"""``audobon generate``: pictures from words."""

from typing import TYPE_CHECKING, Annotated

import typer

from audobon_cli.cli.batches.options import BatchOptions
from audobon_cli.cli.batches.runs import run_batch
from audobon_cli.cli.generation_session import (
    keep_long_loading,
    make_pictures,
    plan_outputs,
    report_data,
    resolver,
    show_made,
    show_plan,
)
from audobon_cli.cli.options import command
from audobon_cli.cli.profiling import check_profile, profiled
from audobon_cli.cli.requests.adapters import AdapterOptions
from audobon_cli.cli.requests.components import ComponentOptions
from audobon_cli.cli.requests.drawing import DrawingOptions
from audobon_cli.cli.requests.files import FileOptions
from audobon_cli.cli.requests.inputs import ImageInputOptions
from audobon_cli.cli.requests.prompts import PromptOptions, say_enhanced, typed_negative, typed_prompts
from audobon_cli.cli.requests.providers import PlaceOptions, SpendingOptions
from audobon_cli.cli.requests.request import RequestOptions
from audobon_cli.cli.requests.run_limits import RunOptions
from audobon_cli.cli.session import Session
from audobon_cli.cli.spending_views import confirm_spending
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.events import Warned

if TYPE_CHECKING:
    from audobon_cli.generation.report import GenerationReport

EXAMPLES = (
    'audobon generate "cute dragon" --quality high',
    'audobon generate "red apple" "iron sword" --count 3 --seed 7',
    'audobon generate "ghost" --size 256 --out ghost.png',
    'audobon generate "(red:1.4) potion" --init-image potion.png --strength 0.6',
    'audobon generate "crown" --init-image king.png --mask head.png',
    'audobon generate "mossy stones" --model sd15 --tile xy --seed 7 --redraw',
    'audobon generate "red dragon with a sword" --out dragon.svg',
    'audobon generate "knight" --style pixel --size 32 --count 4',
    'audobon generate "old wizard" --strength 0.5',
    'audobon generate "stone floor tile" --style pixel --size 32 --count 4',
    'audobon generate "golden mascot with a sword" --reference mascot.png',
    'audobon generate "goblin with a sword" --exemplars tag:mine',
    'audobon generate "sword" --enhance --safe',
    "audobon generate - --json < prompts.txt",
    "audobon generate --batch sprites.toml --plan",
    "audobon generate --batch prompts.txt --quality draft --out sprites/",
    "audobon generate --batch prompts.csv --only 3-9 --only dragon --redraw",
    'audobon generate "knight" --model sdxl --lora pixel-art:0.8 --lora ink.safetensors:0.4',
    'audobon generate "a <fur-hat> fox" --model sd15 --embedding fur-hat.safetensors',
    'audobon generate "castle" --model sd15 --control canny:sketch.png:0.7',
    'audobon generate "dragon" --model sdxl --reference mascot.png:0.6 --refiner sdxl-refiner:0.8',
    'audobon generate "castle" --model sdxl --plan',
    'audobon generate "castle" --model sdxl --profile castle.json.gz',
    'audobon generate "castle" --provider replicate --model flux-dev --fallback local --yes',
)


BRIEF = (
    "--quality",
    "--style",
    "--model",
    "--size",
    "--count",
    "--seed",
    "--negative",
    "--out",
    "--batch",
    "--plan",
)


@command("generate", examples=EXAMPLES, brief=BRIEF)
def generate(
    session: Session,
    prompts: Annotated[
        list[str] | None,
        typer.Argument(metavar="PROMPT...", help="What to draw; - reads a prompt per line from stdin."),
    ] = None,
    *,
    drawing: DrawingOptions,
    words: PromptOptions,
    files: FileOptions,
    batch: BatchOptions,
    parts: ComponentOptions,
    pictures: ImageInputOptions,
    adapters: AdapterOptions,
    run: RunOptions,
    places: PlaceOptions,
    spending: SpendingOptions,
) -> None:
    """Draw pictures from text.

    Each picture goes into the library with its recipe, and into a PNG file whose path is printed. The same
    prompt, options and seed give the same picture; one that is in the library already is not drawn again. In a
    prompt, (word:1.3) gives a word more weight and [word] less.
    """
    from audobon_cli.generation.typed_prompts import one_prompt

    batch.check(prompts or [])
    check_profile(run)
    if run.profile is None:  # what another process draws, this one cannot look into
        session.workspace.use_warm(run.keep_warm)
        obstacle = session.workspace.engine_access.warm_obstacle
        if obstacle:
            session.out.tell(Warned(obstacle))
    asked = RequestOptions(typed_negative(drawing), parts, pictures, adapters, places, words=words)
    if batch.batch is not None:
        run_batch(session, asked, batch, files, run, spending)
        return
    if not prompts:
        raise InvalidInput("There is nothing to draw.", hint='say what: `audobon generate "cute dragon"`')
    resolve = resolver(session, run)
    typed = [asked.of(one_prompt(text)) for text in typed_prompts(prompts)]
    say_enhanced(session, typed, words.enhance)
    requests = [resolve(one) for one in typed]
    if run.keep_warm is None and not run.plan and run.profile is None:
        keep_long_loading(session, requests)
    place = session.workspace.vram.selector.place
    placed = [place(request, run.strategy, shown=run.plan) for request in requests]
    if run.plan:
        show_plan(session, placed, files.fresh)
        return
    confirm_spending(session, [one.request for one in placed], spending.yes, files.fresh)
    outputs = plan_outputs(session, [one.request for one in placed], files)
    with profiled(session, run.profile) as profile:
        report = make_pictures(session, placed, outputs, files.fresh, run.threads, run.moderate)
    session.finish(report_data(report) | profile, lambda: _show(session, report, files), report.error())


def _show(session: Session, report: "GenerationReport", files: FileOptions) -> None:
    """Paths or ids to stdout, or the picture itself where that is asked for; previews to stderr, out of their way."""
    from audobon_cli.cli.screen.images import show_picture

    for picture in report.pictures:
        show_made(session, picture, files, show_picture)
