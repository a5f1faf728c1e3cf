"""Sounds that were made, for people and for scripts; making them of a request."""

from typing import TYPE_CHECKING

from audobon_cli.cli.generation_session import (
    make_pictures,
    plan_outputs,
    report_data,
    resolver,
    show_made,
    show_plan,
)
from audobon_cli.cli.requests.run_limits import RunOptions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from audobon_cli.cli.requests.files import FileOptions
    from audobon_cli.cli.session import Session
    from audobon_cli.domain.request import GenerationRequest
    from audobon_cli.generation.report import GenerationReport


def make_sounds(
    session: "Session",
    requests: "Sequence[GenerationRequest]",
    files: "FileOptions",
    plan: bool,
    unlike: bool = False,
) -> "GenerationReport | None":
    """The sounds of ``requests``, filed and written; with ``plan`` they are only shown, and None is given.

    ``unlike``: under names that no asset has.
    """
    from audobon_cli.vram.placed import has_model, unplanned

    resolve = resolver(session, RunOptions(plan=plan))
    resolved = [resolve(request) for request in requests]
    placed = [
        session.workspace.vram.selector.place(request, "", shown=plan)
        if has_model(request)
        else unplanned(request)
        for request in resolved
    ]
    if plan:
        show_plan(session, placed, files.fresh)
        return None
    outputs = plan_outputs(session, [one.request for one in placed], files)
    return make_pictures(session, placed, outputs, files.fresh, None, unlike=unlike)


def finish(session: "Session", report: "GenerationReport", files: "FileOptions") -> None:
    """The result of a command that made sounds."""
    session.finish(report_data(report), lambda: show_report(session, report, files), report.error())


def show_report(session: "Session", report: "GenerationReport", files: "FileOptions") -> None:
    """Paths or ids to stdout, or the sound itself where that is asked for; previews to stderr, out of their way."""
    from audobon_cli.cli.sound.preview import show_sound

    for made in report.pictures:
        show_made(session, made, files, show_sound)
