"""The view of progress: two lines at most at any width, names as they are, no rate in red."""

import io
import time

import pytest
from rich.console import Console

from audobon_cli.cli.interruption import Interruption
from audobon_cli.cli.output import Output
from audobon_cli.cli.progress import ProgressDisplay
from audobon_cli.domain.events import (
    AssetAdded,
    CandidateStarted,
    Event,
    ImageStarted,
    ModelLoaded,
    ModelLoading,
    Progress,
    SourceRetried,
    StepDone,
)

PROMPT = "a green slime of the far northern caves, with moss on its back"
CANDIDATES: list[Event] = [
    ModelLoaded("sprite", "cpu", "float32", 1.0),
    ImageStarted(2, 4, 11, 30, PROMPT),
    CandidateStarted(2, 1, 4, 15485872),
    StepDone(2, 17, 30, 1.0, 3 * 2**30, 6 * 2**30),
]
FILES: list[Event] = [
    Progress("all files", 0, 6_500_000_000, "bytes"),
    *(
        Progress(name, 1000, 2_000_000, "bytes")
        for name in ("README.md", "vae/diffusion_pytorch_model.safetensors", "unet/a.safetensors", "b.json")
    ),
    Progress("all files", 900_000_000, 6_500_000_000, "bytes"),
]
BACKUP: list[Event] = [Progress("backing up", 120_000_000, 400_000_000, "bytes")]
SOME = {"candidates": CANDIDATES, "files": FILES, "backup": BACKUP, "loading": [ModelLoading("m" * 90)]}


def shown(events: list[Event], width: int) -> list[str]:
    """The lines after ``events``."""
    console = Console(file=io.StringIO(), force_terminal=True, width=width)
    with ProgressDisplay(Output(), console) as display:
        for event in events:
            display(event)
            time.sleep(0.002)
        return [line.plain.rstrip() for line in display.lines(width)]


@pytest.mark.parametrize("width", [40, 60, 80, 120])
@pytest.mark.parametrize("name", SOME)
def test_it_fits(name: str, width: int) -> None:
    lines = shown(SOME[name], width)
    assert 1 <= len(lines) <= 2
    assert all(len(line) <= width for line in lines)


def test_what_is_drawn_is_named() -> None:
    now, whole = shown(CANDIDATES, 120)
    assert "3/4  a green slime of" in now
    assert "candidate 2 of 4  step 17/30" in now
    assert "3.0 of 6.0 GiB" in now
    assert whole.split()[0] == "all"
    narrow, _ = shown(CANDIDATES, 60)
    assert "steps/s" not in narrow
    assert "step 17/30" in narrow


def test_a_download_has_one_total_and_names_files_as_they_are() -> None:
    files, total = shown(FILES, 120)
    assert "README.md" not in files  # three at most
    assert "unet/a.safetensors, b.json" in files
    assert "858 MiB of 6.1 GiB" in total
    assert "14 %" in total


def test_waiting_says_for_what_and_how_long() -> None:
    assert shown([ModelLoading("sdxl")], 80)[0].endswith("Loading sdxl · 0 s")


def test_tries_are_counted_while_a_source_is_asked_and_while_files_come() -> None:
    again = SourceRetried("https://huggingface.co/acme/tiny", 2, 6, 1.0, "no connection, or it broke off")
    assert shown([again], 80)[0].endswith("Asking huggingface.co · try 2 of 6 · 0 s")
    assert shown([*FILES, again], 120)[0].endswith("b.json  try 2 of 6")
    bucket = SourceRetried("gs://art/home", 2, 9, 4.0, "the answer was 503")
    assert shown([*BACKUP, bucket], 80)[1] == "  Asking art · try 2 of 9"
    assert len(shown([*BACKUP, bucket, Progress("backing up", 130_000_000, 400_000_000, "bytes")], 80)) == 1
    more = Progress("all files", 950_000_000, 6_500_000_000, "bytes")
    assert "try" not in shown([*FILES, again, more], 120)[0]


def test_a_finished_picture_has_its_own_line_with_the_seed_asked_for() -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=80, color_system=None)
    with ProgressDisplay(Output(), console) as display:
        for event in CANDIDATES:
            display(event)
        display(AssetAdded(2, 4, "k3f9x2abcdefghjk", "green_slime" * 9, "b", 15485872, None, False))
    written = console.file
    assert isinstance(written, io.StringIO)
    [line] = [line for line in written.getvalue().splitlines() if "✓" in line]
    assert "seed 11  best of 4" in line
    assert "…" in line


def test_work_that_has_not_begun_is_not_waited_for() -> None:
    eager, patient = Interruption(Output(), eager=True), Interruption(Output())
    with pytest.raises(KeyboardInterrupt):
        eager._handle(2, None)
    patient._output.quiet = True
    patient._handle(2, None)
    assert patient.should_stop()
    patient.__exit__()
    eager.hear(ImageStarted(0, 1, 7, 4))
    eager._output.quiet = True
    eager._handle(2, None)
    assert eager.should_stop()
    eager.__exit__()
