"""Who hears the events of a command: bars where there is a terminal to draw them on, else the output itself."""

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audobon_cli.cli.interruption import Interruption
    from audobon_cli.cli.output import Output
    from audobon_cli.cli.progress import ProgressDisplay
    from audobon_cli.domain.events import Event, Listener


def listening(
    output: "Output", interruption: "Interruption | None" = None, waiting: str = "Getting ready"
) -> "AbstractContextManager[Listener]":
    """A context whose value is the right listener: bars on a terminal, NDJSON or words elsewhere.

    ``interruption`` hears them, too; ``waiting`` says what is done before the first. Rich, which takes a tenth of a
    second to import, only where bars are drawn.
    """
    if output.for_scripts or output.quiet or not sys.stderr.isatty():
        return _heard_by(output, _recorded(output, output.event, interruption))
    from audobon_cli.cli.progress import ProgressDisplay

    return _recording(output, ProgressDisplay(output, output.messages, waiting), interruption)


@contextmanager
def _recording(
    output: "Output", display: "ProgressDisplay", interruption: "Interruption | None"
) -> "Iterator[Listener]":
    with display, _heard_by(output, _recorded(output, display, interruption)) as listen:
        yield listen


@contextmanager
def _heard_by(output: "Output", listen: "Listener") -> "Iterator[Listener]":
    """Let ``listen`` hear what the output is told meanwhile."""
    before, output.listener = output.listener, listen
    try:
        yield listen
    finally:
        output.listener = before


def _recorded(output: "Output", show: "Listener", interruption: "Interruption | None") -> "Listener":
    """``show``, after the log and the interruption have heard."""
    record = output.record
    if record is None and interruption is None:
        return show

    def listen(event: "Event") -> None:
        if interruption is not None:
            interruption.hear(event)
        if record is not None:
            record(event)
        show(event)

    return listen
