"""``audobon sprite animate --model``: the moved picture first, then what a model makes of its frames."""

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from audobon_cli.cli.derivations.views import operation_context
from audobon_cli.cli.session import Session
from audobon_cli.cli.sprite.options import SpriteOutput
from audobon_cli.domain.errors import InvalidInput

if TYPE_CHECKING:
    from audobon_cli.derivations.run import OperationContext, OperationResult
    from audobon_cli.domain.asset import Asset
    from audobon_cli.generation.redrawn_frames import FrameRequests, RedrawChoices
    from audobon_cli.sprites.motion.animate import Animate


def redraw(
    session: Session,
    inputs: Sequence[str],
    actions: "Sequence[Animate]",
    choices: "RedrawChoices",
    output: SpriteOutput,
    formats: tuple[str, ...],
    scale: int,
) -> "tuple[list[OperationResult], list[Path]]":
    """The animations with their frames drawn, and the previews that were written.

    All of what was made on the way is in the library: the moved picture, what each frame began with, each as it was
    drawn. Raises InvalidInput for files, which have none, and what drawing raises.
    """
    from audobon_cli.derivations.run import Task, make
    from audobon_cli.derivations.sources import Source
    from audobon_cli.sprites.motion.redraw import Redraw
    from audobon_cli.sprites.motion.tasks import animate_tasks, refuse_previews_in_the_way, write_previews

    beside = SpriteOutput(output.name, None, False, False)
    with operation_context(session, inputs, beside) as (context, sources):
        if any(source.asset is None for source in sources):
            raise InvalidInput(
                "Frames that a model draws are assets, and so is what they are drawn of.",
                hint="import the picture: `audobon assets import`",
            )
        planned = animate_tasks(sources, actions, context, output.name)
        named = [replace(one, name=f"{one.name}_drawn") for one in planned]
        refuse_previews_in_the_way(named, formats, _into(output, context))
        moved = make(planned, context)
    tasks = []
    for made in moved:
        asked, frames = _drawn_frames(session, made, choices)
        wanted = (made.source, *(Source(one.name, asset=one) for one in frames))
        tasks.append(
            Task(Redraw(asked.places, asked.side), wanted, f"{made.task.name}_drawn", named=made.task.named)
        )
    with operation_context(session, [made.source.label for made in moved], output) as (context, _):
        results = make(tasks, context)
        files = write_previews(results, formats, scale, context)
    _say_consistency(session, results)
    return results, files


def _into(output: SpriteOutput, context: "OperationContext") -> "OperationContext":
    """``context`` with the place that results go to in the end."""
    out = Path(output.out).expanduser() if output.out is not None else None
    folder = out is not None and (out.is_dir() or str(output.out).endswith("/"))
    return replace(context, out=out, into_folder=folder, overwrite=output.overwrite)


def _drawn_frames(
    session: Session, made: "OperationResult", choices: "RedrawChoices"
) -> "tuple[FrameRequests, list[Asset]]":
    """What was asked for, of the frames of ``made``, and each as it was drawn."""
    from audobon_cli.cli.generation_session import make_pictures, resolver
    from audobon_cli.cli.requests.run_limits import RunOptions
    from audobon_cli.cli.spending_views import confirm_spending
    from audobon_cli.generation.redrawn_frames import frame_requests, name_frames
    from audobon_cli.models.catalog import find_model
    from audobon_cli.sprites.pictures import PictureReader

    library = session.workspace.library
    source = made.task.sources[0].asset
    assert source is not None, "refused before"
    moved = PictureReader(library).picture(made.source)
    action = made.task.operation.parameters()["action"]
    rule = find_model(choices.model, session.workspace.models).size_rule
    with tempfile.TemporaryDirectory() as folder:
        asked = frame_requests(moved, source, action, choices, rule, Path(folder))
        resolve, place = resolver(session, RunOptions()), session.workspace.vram.selector.place
        placed = [place(resolve(one), "") for one in asked.requests]
        confirm_spending(session, [one.request for one in placed], False, False)
        report = make_pictures(session, placed, None, False, None)
    error = report.error()
    if error is not None:
        raise error
    name_frames(library, report.pictures, f"{made.task.name}_drawn")
    return asked, [one.asset for one in report.pictures]


def _say_consistency(session: Session, results: "Sequence[OperationResult]") -> None:
    """Tell how far frames are from the style of all of them."""
    for made in results:
        distances = made.facts.get("style_distances")
        if not distances:
            continue
        limit, places = made.facts["style_limit"], made.task.operation.parameters()["places"]
        away = [place + 1 for place, one in zip(places, distances, strict=True) if one > limit]
        words = f"{made.task.name}: frames are at most {max(distances):.2f} from the style of all of them"
        if away:
            session.out.warn(f"{words}, beyond {limit:.2f}: frame {', '.join(map(str, away))}.")
        else:
            session.out.note(f"{words}; {limit:.2f} is the limit.")
