"""See and unload the models that stay in memory."""

from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.domain.units import format_bytes, format_seconds

GROUP = ("list", "stop")


@command("list", examples=["audobon models warm list", "audobon models warm list --json"])
def list_(session: Session) -> None:
    """Show which models stay in memory.

    `generate --keep-warm 10m` keeps a model loaded for the next command; the process that holds it ends by itself.
    """
    _tell(session, stop=False)


@command("stop", examples=["audobon models warm stop"])
def stop(session: Session) -> None:
    """Unload the models that stay in memory.

    A process that is at work finishes its picture first.
    """
    _tell(session, stop=True)


def _tell(session: Session, stop: bool) -> None:
    from dataclasses import asdict

    from audobon_cli.engines.warm.client import query_status

    found = query_status(session.workspace.warm_place, leave=stop)
    data = {key: value for key, value in asdict(found).items() if key != "refused"} if found else None

    def view() -> None:
        if found is None:
            session.out.line("No model is kept in memory.")
            return
        left = "at work" if found.busy else f"unloads in {format_seconds(found.seconds_left)}"
        models = ", ".join(found.models) or "no model yet"
        held = format_bytes(found.held_bytes)
        session.out.line(f"pid {found.pid}: {models}, {held}, {'unloads now' if stop else left}")

    session.out.result({"process": data}, view)
