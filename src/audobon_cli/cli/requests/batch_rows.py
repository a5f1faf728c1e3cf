"""From a batch file named on a command line to its jobs."""

from pathlib import Path
from typing import TYPE_CHECKING

from audobon_cli.batch.syntax.formats import BatchFormat
from audobon_cli.batch.syntax.rows import BatchProblem
from audobon_cli.cli.requests.prompts import piped
from audobon_cli.cli.requests.request import RequestOptions, read_row, row_options, row_switches
from audobon_cli.domain.errors import InvalidInput

if TYPE_CHECKING:
    from audobon_cli.batch.resolve import AskedRow, BatchJob, Resolver


def source_path(name: str) -> Path:
    """The batch file ``name``; for ``-`` a name for stdin, in the folder where wildcards are looked for."""
    return Path("stdin") if name == "-" else Path(name).expanduser()


def read_jobs(
    name: str, form: BatchFormat | None, defaults: RequestOptions, resolve: "Resolver"
) -> "tuple[BatchJob, ...]":
    """The jobs of the batch file ``name`` (``-``: stdin), with every choice made but that of the memory strategy.

    What rows do not say is as in ``defaults``. Raises BatchInvalid with what is wrong in all lines, InvalidInput
    if the file cannot be read.
    """
    from audobon_cli.batch.resolve import resolve_jobs

    rows, problems = read_rows(name, form, defaults)
    return resolve_jobs(rows, resolve, str(source_path(name)), problems)


def read_rows(
    name: str, form: BatchFormat | None, defaults: RequestOptions
) -> "tuple[list[AskedRow], list[BatchProblem]]":
    """The rows of the batch file ``name`` (``-``: stdin) as requests, and the problems of all other lines.

    Raises InvalidInput if the file cannot be read.
    """
    from audobon_cli.batch.read import read_batch
    from audobon_cli.batch.resolve import AskedRow
    from audobon_cli.batch.syntax.parse import MOST_BATCH_BYTES
    from audobon_cli.batch.syntax.rows import MAX_PROBLEMS

    data = piped(MOST_BATCH_BYTES) if name == "-" else None
    parsed = read_batch(source_path(name), data, form, row_options(), row_switches())
    rows, problems = [], list(parsed.problems)
    for row in parsed.rows:
        if len(problems) >= MAX_PROBLEMS:
            break
        try:
            read = read_row(row, defaults)
            rows.append(AskedRow(row.line, read.request, read.out or ""))
        except InvalidInput as error:
            problems.append(BatchProblem.of(row.line, error))
    return rows, problems
