"""The options of ``audobon generate`` about batches."""

from dataclasses import dataclass
from typing import Annotated

import typer

from audobon_cli.batch.syntax.rows import BatchFormat
from audobon_cli.domain.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class BatchOptions:
    """The options as they were typed."""

    batch: Annotated[
        str | None,
        typer.Option(
            "--batch", metavar="FILE|-", help="Draw all rows of a .txt, .csv, .jsonl or .toml file."
        ),
    ] = None
    batch_format: Annotated[
        BatchFormat | None,
        typer.Option("--batch-format", help="How it is written, where its name does not say."),
    ] = None
    only: Annotated[
        list[str] | None,
        typer.Option(
            "--only", metavar="LINE|A-B|WORDS", help="Of a batch these lines, or prompts with these words."
        ),
    ] = None
    watch: Annotated[
        bool, typer.Option("--watch", help="Draw the batch again whenever its file changes, until Ctrl-C.")
    ] = False
    fail_fast: Annotated[
        bool,
        typer.Option("--fail-fast/--keep-going", help="Whether a row that fails ends the batch."),
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
