"""``audobon sound make``: sounds from words."""

from typing import Annotated

import typer

from audobon_cli.cli.batches.options import BatchOptions
from audobon_cli.cli.options import command
from audobon_cli.cli.requests.components import ComponentOptions
from audobon_cli.cli.requests.drawing import DrawingOptions
from audobon_cli.cli.requests.files import FileOptions
from audobon_cli.cli.requests.prompts import typed_prompts
from audobon_cli.cli.requests.request import RequestOptions
from audobon_cli.cli.requests.run_limits import RunOptions
from audobon_cli.cli.requests.sounds import (
    KindOptions,
    MakingOptions,
    NetworkOptions,
    RequestKind,
    SoundOptions,
)
from audobon_cli.cli.session import Session
from audobon_cli.cli.sound.views import finish, make_sounds
from audobon_cli.domain.errors import InvalidInput

EXAMPLES = (
    'audobon sound make "heavy wooden door creaks"',
    'audobon sound make "footsteps on gravel" --count 5 --seed 1 --out steps/',
    'audobon sound make "coin" "laser" "jump" --style 8-bit',
    'audobon sound make "distant explosion" --length 3 --set reverb=0.5 --preview',
    'audobon sound make "dragon roars" --plan',
    'audobon sound make "rain on a tin roof" --model audioldm2 --length 8',
    "audobon sound make --batch sounds.txt --out sounds/",
)


@command(
    "make",
    examples=EXAMPLES,
    brief=("--quality", "--style", "--count", "--seed", "--length", "--out", "--plan"),
)
def make(
    session: Session,
    prompts: Annotated[
        list[str] | None,
        typer.Argument(metavar="PROMPT...", help="What to hear; - reads a prompt per line from stdin."),
    ] = None,
    *,
    making: MakingOptions,
    sound: SoundOptions,
    network: NetworkOptions,
    files: FileOptions,
    batch: BatchOptions,
    plan: Annotated[bool, typer.Option("--plan", help="Show what would be played; make nothing.")] = False,
) -> None:
    """Make sounds from text.

    Each sound goes into the library with its recipe, and into a WAV file whose path is printed. The same prompt,
    options and seed give the same samples on every machine; with --model, on every machine of a kind.
    """
    batch.check(prompts or [])
    asked = _asked(making, sound, network)
    if batch.batch is not None:
        from audobon_cli.cli.batches.runs import run_batch
        from audobon_cli.cli.requests.providers import SpendingOptions

        run_batch(session, asked, batch, files, RunOptions(plan=plan), SpendingOptions())
        return
    if not prompts:
        raise InvalidInput(
            "There is nothing to make.", hint='say what: `audobon sound make "heavy wooden door creaks"`'
        )
    report = make_sounds(session, [asked.of(text) for text in typed_prompts(prompts)], files, plan)
    if report is not None:
        finish(session, report, files)


def _asked(making: MakingOptions, sound: SoundOptions, network: NetworkOptions) -> RequestOptions:
    drawing = DrawingOptions(
        quality=making.quality,
        style=making.style,
        model=making.model,
        count=making.count,
        seed=making.seed,
        negative=network.negative,
        steps=network.steps,
        guidance=network.guidance,
    )
    parts = ComponentOptions(scheduler=network.scheduler)
    return RequestOptions(drawing, parts, kind=KindOptions(RequestKind.SOUND), sound=sound)
