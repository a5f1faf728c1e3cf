"""From a batch file named on a command line to its jobs."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from audobon_cli.cli.generation_runs import resolver
from audobon_cli.cli.picture_requests import PictureRequest, read_row, row_options
from audobon_cli.cli.run_options import RunOptions
from audobon_cli.cli.session import Session
from audobon_cli.domain.batch.rows import BatchFormat, BatchProblem
from audobon_cli.domain.errors import InvalidInput

if TYPE_CHECKING:
    from audobon_cli.services.batch.jobs import AskedRow, Job


def source_path(name: str) -> Path:
    """The batch file ``name``; for ``-`` a name for stdin, in the folder where wildcards are looked for."""
    return Path("stdin") if name == "-" else Path(name).expanduser()


def read_jobs(
    session: Session, name: str, form: BatchFormat | None, defaults: PictureRequest, run: RunOptions
) -> "tuple[Job, ...]":
    """The jobs of the batch file ``name`` (``-``: stdin), with every choice made but that of the memory strategy.

    What rows do not say is as in ``defaults``. Raises BatchInvalid with what is wrong in all lines, InvalidInput
    if the file cannot be read.
    """
    from audobon_cli.services.batch.jobs import resolve_jobs

    rows, problems = read_rows(name, form, defaults)
    return resolve_jobs(rows, resolver(session, run), str(source_path(name)), problems)


def read_rows(
    name: str, form: BatchFormat | None, defaults: PictureRequest
) -> "tuple[list[AskedRow], list[BatchProblem]]":
    """The rows of the batch file ``name`` (``-``: stdin) as requests, and the problems of all other lines.

    Raises InvalidInput if the file cannot be read.
    """
    from audobon_cli.services.batch.jobs import AskedRow
    from audobon_cli.services.batch.reading import read_batch

    data = sys.stdin.buffer.read() if name == "-" else None
    parsed = read_batch(source_path(name), data, form, row_options())
    rows, problems = [], list(parsed.problems)
    for row in parsed.rows:
        try:
            read = read_row(row, defaults)
            rows.append(AskedRow(row.line, read.request, read.out or ""))
        except InvalidInput as error:
            problems.append(BatchProblem.of(row.line, error))
    return rows, problems
