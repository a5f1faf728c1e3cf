"""The memory of a card in the progress line."""

import io

from rich.console import Console

from audobon_cli.cli.output import Output
from audobon_cli.cli.progress import ProgressDisplay
from audobon_cli.domain.events import ImageStarted, ModelLoaded, StepDone

GIB = 2**30


def drawn(event: StepDone) -> str:
    """What the line shows after ``event``."""
    console = Console(file=io.StringIO(), force_terminal=True, width=160)
    with ProgressDisplay(Output(), console) as display:
        display(ModelLoaded("sdxl", "cuda", "float16", 1.0))
        display(ImageStarted(0, 1, 7, 4))
        display(event)
        display._progress.refresh()
    written = console.file
    assert isinstance(written, io.StringIO)
    return written.getvalue()


def test_a_card_shows_what_it_holds() -> None:
    text = drawn(StepDone(0, 1, 4, 0.5, int(3.1 * GIB), 6 * GIB))
    assert "step 1/4" in text
    assert "3.1 of 6.0 GiB" in text


def test_the_processor_shows_nothing() -> None:
    text = drawn(StepDone(0, 1, 4, 0.5))
    assert "step 1/4" in text
    assert "GiB" not in text
