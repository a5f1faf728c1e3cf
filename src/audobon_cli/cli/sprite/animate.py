"""``audobon sprite animate``."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

import typer

from audobon_cli.cli.derivations.views import operation_context
from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.cli.sprite.options import Inputs, SpriteOutput
from audobon_cli.cli.sprite.views import show_made
from audobon_cli.domain.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class MotionOptions:
    """How the action is done."""

    PANEL: ClassVar[str] = "Motion"

    frames: Annotated[
        int, typer.Option("--frames", min=0, max=240, help="Frames of a round; 0: the action's own number.")
    ] = 0
    fps: Annotated[
        float, typer.Option("--fps", min=0, max=60, help="Frames per second; 0: the action's own.")
    ] = 0
    strength: Annotated[
        float, typer.Option("--strength", min=0.1, max=4, help="How far it moves, times the usual.")
    ] = 1.0
    facing: Annotated[str, typer.Option("--facing", help="Where the figure looks: right or left.")] = "right"
    sampling: Annotated[
        str,
        typer.Option("--sampling", help="nearest (no new colours), smooth, or auto: nearest for pixel art."),
    ] = "auto"
    eyes: Annotated[
        list[str] | None,
        typer.Option("--eye", metavar="X,Y,W,H", help="The box of an eye in pixels, for blink; repeat it."),
    ] = None
    hinge: Annotated[
        int, typer.Option("--hinge", min=0, help="Row in pixels from which a lid opens; 0: found.")
    ] = 0

    def eye_boxes(self) -> tuple[tuple[int, int, int, int], ...]:
        """The boxes. Raises InvalidInput for what is no four numbers."""
        boxes = []
        for text in self.eyes or ():
            parts = text.split(",")
            if len(parts) != 4 or not all(part.strip().isdecimal() for part in parts):
                raise InvalidInput(f"--eye {text!r} is no box.", hint="write LEFT,TOP,WIDTH,HEIGHT in pixels")
            left, top, width, height = (int(part) for part in parts)
            boxes.append((left, top, width, height))
        return tuple(boxes)


@dataclass(frozen=True, slots=True)
class RedrawOptions:
    """Frames that a model draws."""

    PANEL: ClassVar[str] = "Drawn by a model"

    model: Annotated[
        str | None,
        typer.Option("--model", metavar="NAME", help="A model that goes on from pictures draws each frame."),
    ] = None
    redraw: Annotated[
        float | None,
        typer.Option(
            "--redraw", min=0.01, max=1, help="How much of a frame it draws anew. Default: by action."
        ),
    ] = None
    prompt: Annotated[
        str, typer.Option("--prompt", metavar="TEXT", help="What the picture shows. Default: its own prompt.")
    ] = ""
    seed: Annotated[
        int | None, typer.Option("--seed", help="Seed of all frames. Default: the picture's own.")
    ] = None

    def check(self, dry_run: bool) -> None:
        """Raise InvalidInput for what does not go together."""
        if self.model is not None and dry_run:
            raise InvalidInput("--dry-run draws nothing.", hint="leave out --model or --dry-run")
        asked = self.redraw is not None or self.prompt or self.seed is not None
        if self.model is None and asked:
            raise InvalidInput(
                "--redraw, --prompt and --seed are for frames that a model draws.", hint="add --model"
            )


@dataclass(frozen=True, slots=True)
class PreviewOptions:
    """Files to look at."""

    PANEL: ClassVar[str] = "Preview"

    formats: Annotated[
        list[str] | None,
        typer.Option(
            "--preview",
            metavar="FORMAT",
            help="Write gif, apng or webp into the --out folder too; repeat it.",
        ),
    ] = None
    scale: Annotated[
        int, typer.Option("--preview-scale", min=1, max=32, help="Enlarge previews this many times.")
    ] = 1


@command(
    "animate",
    examples=[
        "audobon sprite animate dragon --action idle --action hurt",
        "audobon sprite animate coin.png --action spin --preview gif --out art/",
        "audobon sprite animate dragon --action attack --model sprite --redraw 0.5",
        "audobon sprite sheet dragon_idle dragon_hurt --name dragon --format phaser --out art/",
    ],
)
def animate(
    session: Session,
    inputs: Inputs,
    actions: Annotated[
        list[str],
        typer.Option(
            "--action",
            "-a",
            help="idle, walk-bob, hop, attack, hurt, death, spin, float, shake, blink, open or pickup; repeat it.",
        ),
    ],
    motion: MotionOptions,
    drawn: RedrawOptions,
    previews: PreviewOptions,
    *,
    output: SpriteOutput,
) -> None:
    """Make a picture move, on its own pixel grid.

    Each action becomes one moving picture; `sprite sheet` takes its frames and times. With --model its frames are
    where a model begins, and keep their shape, place and time.
    """
    from audobon_cli.derivations.run import make
    from audobon_cli.sprites.motion.animate import Animate
    from audobon_cli.sprites.motion.tasks import animate_tasks, refuse_previews_in_the_way, write_previews

    eyes = motion.eye_boxes()
    operations = [
        Animate(
            action, motion.frames, motion.fps, motion.strength, motion.facing, motion.sampling,
            eyes=eyes, hinge=motion.hinge,
        )
        for action in dict.fromkeys(actions)
    ]  # fmt: skip
    formats = tuple(dict.fromkeys(previews.formats or ()))
    drawn.check(output.dry_run)
    if drawn.model is not None:
        from audobon_cli.cli.sprite.redrawing import redraw
        from audobon_cli.generation.redrawn_frames import RedrawChoices

        choices = RedrawChoices(drawn.model, drawn.prompt, drawn.redraw, drawn.seed)
        made, files = redraw(session, inputs, operations, choices, output, formats, previews.scale)
        show_made(session, made, False, files)
        return
    with operation_context(session, inputs, output) as (context, sources):
        tasks = animate_tasks(sources, operations, context, output.name)
        refuse_previews_in_the_way(tasks, formats, context)
        made = make(tasks, context)
        files = write_previews(made, formats, previews.scale, context)
    show_made(session, made, output.dry_run, files)
