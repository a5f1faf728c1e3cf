"""``audobon queue status``."""

from audobon_cli.cli.options import command
from audobon_cli.cli.queue.options import queue_of
from audobon_cli.cli.queue.views import status_lines
from audobon_cli.cli.session import Session


@command("status", examples=["audobon queue status", "audobon queue status --json"])
def status(session: Session) -> None:
    """Show jobs by state, workers and progress."""
    from audobon_cli.queue.status import queue_status

    found = queue_status(queue_of(session))
    session.out.result(found.to_dict(), lambda: session.out.lines(status_lines(found)))
