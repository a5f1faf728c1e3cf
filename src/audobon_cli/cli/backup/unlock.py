"""``audobon backup unlock``."""

from audobon_cli.cli.options import command
from audobon_cli.cli.repository_options import RepositoryOptions
from audobon_cli.cli.session import Session


@command("unlock", examples=["audobon backup unlock"])
def unlock(session: Session, place: RepositoryOptions) -> None:
    """End the lease of a process that died.

    Never necessary, as leases end by themselves, and never harmful.
    """
    holder = session.workspace.backup.break_lease(place.destination(session))
    data = {
        "held": holder is not None,
        "host": holder.host if holder else None,
        "what": holder.what if holder else None,
    }
    words = f"The lease of {holder.what} on {holder.host} is ended." if holder else "Nobody held a lease."
    session.out.result(data, lambda: session.out.line(words))
