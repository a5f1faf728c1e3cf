"""``audobon warm``: the process that keeps models in memory between commands."""

from typing import Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.domain.units import format_bytes, format_seconds


@command("warm", examples=["audobon warm", "audobon warm --stop"])
def warm(
    session: Session,
    stop: Annotated[bool, typer.Option("--stop", help="Ask it to end, once it has nothing to do.")] = False,
) -> None:
    """Tell which models `generate --keep-warm` keeps in memory, and for how long."""
    from dataclasses import asdict

    from audobon_cli.engines.warm.client import query_status

    found = query_status(session.workspace.warm_place, leave=stop)
    data = {key: value for key, value in asdict(found).items() if key != "refused"} if found else None

    def view() -> None:
        if found is None:
            session.out.line("No model is kept in memory.")
            return
        left = "at work" if found.busy else f"leaves in {format_seconds(found.seconds_left)}"
        models = ", ".join(found.models) or "no model yet"
        held = format_bytes(found.held_bytes)
        session.out.line(f"pid {found.pid}: {models}, {held}, {'leaves now' if stop else left}")

    session.out.result({"process": data}, view)
