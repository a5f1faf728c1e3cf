"""``audobon queue add``."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar

import typer

from audobon_cli.batch.syntax.formats import BatchFormat
from audobon_cli.cli.options import command
from audobon_cli.cli.queue.options import QueueOptions, queue_of
from audobon_cli.cli.queue.views import show_added
from audobon_cli.cli.requests.adapters import AdapterOptions
from audobon_cli.cli.requests.components import ComponentOptions
from audobon_cli.cli.requests.drawing import DrawingOptions
from audobon_cli.cli.requests.inputs import ImageInputOptions
from audobon_cli.cli.requests.providers import PlaceOptions, SpendingOptions
from audobon_cli.cli.session import Session
from audobon_cli.cli.spending_views import confirm_spending
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.queue.model import DEFAULT_LANE

if TYPE_CHECKING:
    from audobon_cli.cli.requests.request import RequestOptions
    from audobon_cli.queue.add import QueuedImages


@dataclass(frozen=True, slots=True)
class BatchSource:
    """A batch file in place of prompts."""

    PANEL: ClassVar[str] = "Batch"

    batch: Annotated[
        str | None, typer.Option("--batch", metavar="FILE|-", help="Add a job for each row of a batch file.")
    ] = None
    batch_format: Annotated[
        BatchFormat | None,
        typer.Option("--batch-format", help="Format of the batch file, if its extension does not tell."),
    ] = None

    @property
    def lane(self) -> str:
        """The lane of its rows: the file's name; stdin's are those of the command line."""
        return Path(self.batch).stem if self.batch and self.batch != "-" else DEFAULT_LANE


@command(
    "add",
    examples=[
        'audobon queue add "cute dragon" "red apple" --quality high --count 4',
        "audobon queue add --batch heroes.toml --priority 5 --lane heroes",
        'audobon queue add "iron sword" --needs 12 --timeout 600 --retries 1',
        'audobon queue add "castle" --provider replicate --fallback comfyui:sdxl --yes',
    ],
)
def add(
    session: Session,
    prompts: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PROMPT]...",
            help="What to draw; each prompt is a job; - reads a prompt per line from stdin.",
        ),
    ] = None,
    out: Annotated[
        str | None, typer.Option("--out", "-o", metavar="FILE|FOLDER", help="Write the pictures here, too.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Overwrite existing files.")] = False,
    strategy: Annotated[
        str, typer.Option("--strategy", metavar="NAME", help="Memory strategy, from `vram plan --all`.")
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
    """Add pictures to the queue, for `queue run`.

    Everything is checked now, and the seed is chosen now. Prints the numbers of the jobs. The pictures go into
    the library.
    """
    from audobon_cli.cli.requests.prompts import typed_negative
    from audobon_cli.cli.requests.request import RequestOptions
    from audobon_cli.queue import add as adding

    defaults = RequestOptions(typed_negative(drawing), parts, pictures, adapters, places)
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
    show_added(session, added)


def _asked(prompts: list[str], options: "BatchSource", defaults: "RequestOptions") -> "QueuedImages":
    """What is asked for, on the command line or in a batch. Raises InvalidInput."""
    from audobon_cli.batch.resolve import AskedRow
    from audobon_cli.queue.add import QueuedImages

    if options.batch is None:
        from audobon_cli.cli.requests.prompts import typed_prompts
        from audobon_cli.generation.typed_prompts import one_prompt

        return QueuedImages(
            [AskedRow(0, defaults.of(one_prompt(prompt))) for prompt in typed_prompts(prompts)]
        )
    if prompts:
        raise InvalidInput("There are prompts and a batch.", hint="give the prompts or --batch, not both")
    from audobon_cli.cli.requests.batch_rows import read_rows

    rows, problems = read_rows(options.batch, options.batch_format, defaults)
    return QueuedImages(rows, options.batch, problems)
