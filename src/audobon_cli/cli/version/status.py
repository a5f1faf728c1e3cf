"""``audobon version status``."""

from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.cli.version import views
from audobon_cli.domain.units import plural
from audobon_cli.history.model.commits import short


@command("status", examples=["audobon version status", "audobon version status --json"])
def status(session: Session) -> None:
    """Show the branch and changes since its last commit."""
    from audobon_cli.history import commits

    found = commits.status(session.workspace.library)
    data = {
        "branch": found.branch,
        "head": found.head,
        "changes": [views.change_data(change) for change in found.changes],
        "merging": found.merging,
        "conflicts": found.conflicts,
    }
    session.out.result(data, lambda: views.show_changes(session.out, found.changes))
    at = "before the first commit" if found.head is None else f"at {short(found.head)}"
    session.out.note(
        f"On {found.branch or 'no branch'}, {at}; {plural(len(found.changes), 'asset')} changed since."
    )
    if found.merging is not None:
        session.out.note(
            f"The merge of {short(found.merging)} is unfinished: {plural(found.conflicts or 0, 'conflict')}; "
            "`audobon version conflicts` lists them."
        )
