"""``audobon queue``: jobs for later, and for many workers."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audobon_cli.batch.syntax.rows import BatchFormat
from audobon_cli.cli.options import command
from audobon_cli.cli.queue.views import (
    Lane,
    QueueOptions,
    States,
    job_data,
    job_rows,
    queue_of,
    show_jobs,
    standing_lines,
)
from audobon_cli.cli.requests.adapters import AdapterOptions
from audobon_cli.cli.requests.components import ComponentOptions
from audobon_cli.cli.requests.drawing import DrawingOptions
from audobon_cli.cli.requests.inputs import ImageInputOptions
from audobon_cli.cli.requests.providers import PlaceOptions, SpendingOptions
from audobon_cli.cli.session import Session
from audobon_cli.cli.spending_views import confirm_spending
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.queue.model import DEFAULT_LANE, JobFilter, parse_job_numbers

if TYPE_CHECKING:
    from audobon_cli.cli.requests.request import RequestOptions
    from audobon_cli.queue.add import QueuedImages
    from audobon_cli.queue.model import Job

app = typer.Typer(help="Jobs for later, and for many workers.", no_args_is_help=True, rich_markup_mode=None)


@dataclass(frozen=True, slots=True)
class BatchSource:
    """A batch file in place of prompts."""

    batch: Annotated[
        str | None, typer.Option("--batch", metavar="FILE|-", help="A batch file: a job for each row.")
    ] = None
    batch_format: Annotated[
        BatchFormat | None,
        typer.Option("--batch-format", help="How it is written, where its name does not say."),
    ] = None

    @property
    def lane(self) -> str:
        """The lane of its rows: the file's name; stdin's are those of the command line."""
        return Path(self.batch).stem if self.batch and self.batch != "-" else DEFAULT_LANE


@command(
    app,
    "add",
    examples=[
        'audobon queue add "cute dragon" "red apple" --quality high --count 4',
        "audobon queue add --batch heroes.toml --priority 5 --lane heroes",
        'audobon queue add "iron sword" --after 12 --timeout 600 --retries 1',
        'audobon queue add "castle" --provider replicate --fallback comfyui:sdxl --yes',
    ],
)
def add(
    session: Session,
    prompts: Annotated[
        list[str] | None, typer.Argument(metavar="[PROMPT]...", help="What to draw: a job each.")
    ] = None,
    out: Annotated[
        str | None, typer.Option("--out", "-o", metavar="FILE|FOLDER", help="Write the pictures here, too.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a file that is there.")] = False,
    strategy: Annotated[
        str, typer.Option("--strategy", metavar="NAME", help="A memory strategy of `vram plan --all`.")
    ] = "",
    *,
    batch: BatchSource,
    drawing: DrawingOptions,
    parts: ComponentOptions,
    pictures: ImageInputOptions,
    adapters: AdapterOptions,
    places: PlaceOptions,
    spending: SpendingOptions,
    queue: QueueOptions,
) -> None:
    """Add pictures to be made by `audobon queue run`. Everything is checked now; the seed is settled now.

    Prints the numbers of the jobs. The pictures go into the library.
    """
    from audobon_cli.cli.requests.request import RequestOptions
    from audobon_cli.queue import add as adding

    defaults = RequestOptions(drawing, parts, pictures, adapters, places)
    asked = _asked(prompts or [], batch, defaults)
    if out == "-":
        raise InvalidInput("A job cannot write to this stdout.", hint="give --out a file or a folder")
    added = adding.add_pictures(
        session.workspace,
        queue_of(session),
        asked,
        (
            queue.parse(batch.lane),
            adding.QueuedOutput(out, overwrite, strategy),
        ),
        Path.cwd(),
        lambda requests: confirm_spending(session, requests, spending.yes),
    )
    _show_added(session, added)


@command(
    app,
    "command",
    examples=[
        "audobon queue command -- sprite sheet job:1 job:2 --name hero",
        "audobon queue command --after 7 -- assets export tag:hero --to build",
    ],
)
def command_(
    session: Session,
    words: Annotated[
        list[str] | None, typer.Argument(metavar="-- COMMAND...", help="A command line without audobon.")
    ] = None,
    *,
    queue: QueueOptions,
) -> None:
    """Add a command of this program as a job. job:N stands for the assets of job N, and waits for it."""
    from audobon_cli.cli.queue.command_lines import check_command_line
    from audobon_cli.queue.add import add_command

    check_command_line(words or [])
    _show_added(session, [add_command(queue_of(session), words or [], queue.parse(), Path.cwd())])


@command(app, "list", examples=["audobon queue list", "audobon queue list --state dead --json"])
def list_(
    session: Session,
    states: States = None,
    lane: Lane = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many, the last ones.")] = 50,
) -> None:
    """List the jobs, in the order in which they were added."""
    queue = queue_of(session)
    found = queue.matching(JobFilter(states=tuple(states or ()), lane=lane), limit)
    data = {"jobs": [job_data(job) for job in found], "total": sum(queue.counts().states.values())}
    session.out.result(data, lambda: show_jobs(session, found))


@command(app, "show", examples=["audobon queue show 7", "audobon queue show 7 --json"])
def show(session: Session, job: Annotated[str, typer.Argument(metavar="JOB", help="Its number.")]) -> None:
    """Show all there is to know of a job."""
    numbers = parse_job_numbers([job])
    if len(numbers) != 1:
        raise InvalidInput(f"{job!r} is not one job.", hint="`audobon queue list` shows several")
    found = queue_of(session).get(numbers[0])
    data = {**job_data(found), "request": found.request, "result": found.result}

    def view() -> None:
        session.out.table(("field", ""), job_rows(data), unbroken="field")

    session.out.result({"job": data}, view)


@command(app, "status", examples=["audobon queue status", "audobon queue status --json"])
def status(session: Session) -> None:
    """Tell how the queue stands: jobs by state, workers, and how far each is."""
    from audobon_cli.queue.status import queue_standing

    standing = queue_standing(queue_of(session))
    session.out.result(standing.to_dict(), lambda: session.out.lines(standing_lines(standing)))


def _asked(prompts: list[str], options: "BatchSource", defaults: "RequestOptions") -> "QueuedImages":
    """What is asked for, on the command line or in a batch. Raises InvalidInput."""
    from audobon_cli.batch.resolve import AskedRow
    from audobon_cli.queue.add import QueuedImages

    if options.batch is None:
        return QueuedImages([AskedRow(0, defaults.of(prompt)) for prompt in prompts or [""]])
    if prompts:
        raise InvalidInput("There are prompts and a batch.", hint="give the prompts or --batch, not both")
    from audobon_cli.cli.generate.batch_reading import read_rows

    rows, problems = read_rows(options.batch, options.batch_format, defaults)
    return QueuedImages(rows, options.batch, problems)


def _show_added(session: Session, added: "list[Job]") -> None:
    session.out.result(
        {"jobs": [job_data(job) for job in added]},
        lambda: session.out.lines(str(job.number) for job in added),
    )
