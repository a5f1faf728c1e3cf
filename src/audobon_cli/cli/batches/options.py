"""The options of ``audobon generate`` about batches."""

from typing import Annotated, ClassVar

import typer

from audobon_cli.batch.syntax.formats import BatchFormat
from audobon_cli.dataclass import dataclass
from audobon_cli.domain.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class BatchOptions:
    """The options as they were typed."""

    PANEL: ClassVar[str] = "Batch"

    batch: Annotated[
        str | None,
        typer.Option(
            "--batch", metavar="FILE|-", help="Draw every row of a .txt, .csv, .jsonl or .toml file."
        ),
    ] = None
    batch_format: Annotated[
        BatchFormat | None,
        typer.Option("--batch-format", help="Format of the batch file, if its extension does not tell."),
    ] = None
    only: Annotated[
        list[str] | None,
        typer.Option(
            "--only",
            metavar="LINE|A-B|WORDS",
            help="Only these batch lines, or prompts containing these words.",
        ),
    ] = None
    watch: Annotated[
        bool, typer.Option("--watch", help="Draw the batch again whenever its file changes.")
    ] = False
    fail_fast: Annotated[
        bool,
        typer.Option(
            "--fail-fast/--keep-going", help="Stop at the first row that fails, or draw the others."
        ),
    ] = False

    def check(self, prompts: list[str]) -> None:
        """Raise InvalidInput for what does not go together."""
        if self.batch is None:
            for name, given in (
                ("--only", self.only),
                ("--watch", self.watch),
                ("--fail-fast", self.fail_fast),
            ):
                if given:
                    raise InvalidInput(f"{name} belongs to a batch.", hint="name its file with --batch FILE")
        elif prompts:
            raise InvalidInput(
                f"Prompts stand in the batch file, and the command line has {prompts[0]!r} besides.",
                hint="leave out either; -q is --quiet, a quality is --quality draft",
            )
        elif self.batch == "-" and self.watch:
            raise InvalidInput("--watch looks at a file, and - is stdin.", hint="write the batch into a file")
