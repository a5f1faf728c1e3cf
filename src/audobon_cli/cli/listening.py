"""Who hears the events of a command: bars where there is a terminal to draw them on, else the output itself."""

import sys
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audobon_cli.cli.output import Output
    from audobon_cli.domain.events import Listener


def listening(output: "Output") -> "AbstractContextManager[Listener]":
    """A context whose value is the right listener: bars on a terminal, NDJSON or words elsewhere.

    Rich, which takes a tenth of a second to import, only where bars are drawn.
    """
    if output.for_scripts or output.quiet or not sys.stderr.isatty():
        return nullcontext(output.event)
    from audobon_cli.cli.progress import ProgressDisplay

    return ProgressDisplay(output, output.messages)
