"""``audobon version verify``."""

from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.domain.units import plural


@command("verify", examples=["audobon version verify"])
def verify(session: Session) -> None:
    """Check the whole history."""
    from audobon_cli.history import maintenance as maintenance

    report = maintenance.verify(session.workspace.library)
    data = {"commits": report.commits, "objects": report.objects, "problems": list(report.problems)}
    session.finish(data, lambda: session.out.lines(report.problems), report.error())
    session.out.note(f"{plural(report.commits, 'commit')} and {plural(report.objects, 'object')} verified.")
