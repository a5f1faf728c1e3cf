"""``audobon train list``."""

from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.cli.train.running import queue_of

EMPTY = "Nothing has been trained: audobon train lora SET --name my-style"


@command("list", examples=["audobon train list", "audobon train list --json"])
def list_runs(session: Session) -> None:
    """List training runs and how they stand."""
    from audobon_cli.cli.train.views import show_runs
    from audobon_cli.queue.status import queue_status
    from audobon_cli.queue.training_runs import all_runs

    jobs = queue_of(session)
    queue_status(jobs)
    runs = all_runs(jobs, session.workspace.library)

    def view() -> None:
        if runs:
            show_runs(session, runs)
        else:
            session.out.note(EMPTY)

    session.out.result({"runs": [one.to_dict() for one in runs]}, view)
