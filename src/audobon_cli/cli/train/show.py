"""``audobon train show``."""

from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.cli.train.running import Run, found_run


@command("show", examples=["audobon train show my-style", "audobon train show my-style --json"])
def show(session: Session, run: Run) -> None:
    """Show a training run: settings, losses, result."""
    from audobon_cli.cli.train.views import show_run

    status = found_run(session, run)
    data = {**status.to_dict(), "losses": list(status.losses), "request": status.run.to_dict()}
    session.out.result({"run": data}, lambda: show_run(session, status))
