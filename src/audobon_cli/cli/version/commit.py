"""``audobon version commit``."""

from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.cli.version.options import Message
from audobon_cli.domain.units import plural


@command("commit", examples=['audobon version commit -m "The cast in flat style"'])
def commit(session: Session, message: Message) -> None:
    """Record the whole library as it is now.

    Takes milliseconds; no file is copied.
    """
    from audobon_cli.history import commits

    made = commits.commit(session.workspace.library, message, session.workspace.author)
    data = {
        "commit": made.id,
        "branch": made.branch,
        "changes": [{"id": change.asset, "change": change.change.value} for change in made.changes],
    }
    session.out.result(data, lambda: session.out.line(made.id) if made.id else None)
    if made.id is None:
        session.out.note("Nothing has changed since the last commit.")
    else:
        session.out.note(f"{plural(len(made.changes), 'asset')} on {made.branch or 'no branch'}.")
