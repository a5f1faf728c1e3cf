"""``audobon metrics``: for Prometheus."""

from pathlib import Path
from typing import Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session


@command(
    "metrics",
    examples=["audobon metrics", "audobon metrics --write /var/lib/node_exporter/textfile/audobon.prom"],
)
def metrics(
    session: Session,
    write: Annotated[
        Path | None,
        typer.Option(
            "--write", metavar="FILE", help="Write to FILE, whole or not at all, for a textfile collector."
        ),
    ] = None,
) -> None:
    """Print metrics in Prometheus' text format.

    Counts of all commands of this user, and how the library and its queue stand. docs/operations.md lists the names.
    """
    from audobon_cli.monitoring.measure import measured
    from audobon_cli.storage.durable_files import write_output

    text = measured(session.workspace)
    if write is not None:
        write_output(write, text.encode(), overwrite=True)
    data = {"path": None if write is None else str(write), "text": text}
    session.out.result(data, lambda: None if write is not None else session.out.lines(text.splitlines()))
