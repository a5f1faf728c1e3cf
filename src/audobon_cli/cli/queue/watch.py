"""``audobon queue watch``: looking on."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.queue.options import queue_of
from audobon_cli.cli.queue.views import status_lines
from audobon_cli.cli.session import Session

WATCH_SECONDS = 0.5
STOPPED = "Stopped watching; the queue is unaffected."


@command("watch", examples=["audobon queue watch", "audobon queue watch --events"])
def watch(
    session: Session,
    forever: Annotated[bool, typer.Option("--forever", help="Keep watching when the queue is idle.")] = False,
) -> None:
    """Watch the queue until it is idle.

    Live on a terminal, a line per change elsewhere. Where no worker runs it says so and how to start one, and goes
    on watching for one; Ctrl-C ends it and leaves the queue as it is.
    """
    from audobon_cli.cli.interruption import Interruption
    from audobon_cli.queue.status import queue_status

    jobs = queue_of(session)
    shown: list[str] = []
    with Interruption(session.out, "", again="") as interruption, _screen(session) as show:
        while True:
            found = queue_status(jobs)
            lines = status_lines(found)
            if lines != shown:
                show(found.to_dict(), lines)
                shown = lines
            if interruption.requested or (found.at_rest and not forever):
                break
            time.sleep(WATCH_SECONDS)
    if interruption.requested:  # not before the picture is left: words in between would spoil it
        session.out.note(STOPPED)
    session.out.result(found.to_dict(), lambda: None)


@contextmanager
def _screen(session: Session) -> "Iterator[Callable[[dict[str, Any], list[str]], None]]":
    from audobon_cli.domain.events import QueueChanged

    if session.out.for_scripts:
        yield lambda data, lines: session.out.event(QueueChanged(data))
    elif not sys.stdout.isatty():
        yield lambda data, lines: session.out.line_now(lines[0])
    else:
        from rich.live import Live
        from rich.text import Text

        from audobon_cli.domain.foreign.text import visible

        with Live(console=session.out.console, auto_refresh=False) as live:
            yield lambda data, lines: live.update(
                Text(visible("\n".join(lines)), no_wrap=True, overflow="ellipsis"), refresh=True
            )
