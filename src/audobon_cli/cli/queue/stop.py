"""``audobon queue stop``."""

from audobon_cli.cli.options import command
from audobon_cli.cli.queue.views import steering_of
from audobon_cli.cli.session import Session


@command("stop", examples=["audobon queue stop"])
def stop(session: Session) -> None:
    """Ask all workers of this library to stop.

    Also those of `queue run --detach`. Running jobs go back to the queue.
    """
    asked = steering_of(session).stop_workers()
    session.out.result({"workers": asked}, lambda: session.out.line(f"{asked} workers were asked to end"))
