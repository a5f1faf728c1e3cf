"""``audobon doctor``: is everything here that is needed?"""

from audobon_cli.cli.options import command
from audobon_cli.cli.screen.columns import Column, Kind
from audobon_cli.cli.session import Session


@command("doctor", examples=["audobon doctor", "audobon doctor --json"])
def doctor(session: Session) -> None:
    """Check the machine, packages, models and library.

    Nothing is repaired. What is wrong comes with the command that mends it.
    """
    from audobon_cli.doctor.checks import run_checks

    checks = run_checks(session.workspace)
    data: dict[str, object] = {"checks": [check.to_dict() for check in checks]}
    failed = next((check for check in checks if check.error is not None), None)
    rows = [(c.verdict.value, c.name, f"{c.message} → {c.remedy}" if c.remedy else c.message) for c in checks]

    def view() -> None:
        styles = {"ok": "green", "warning": "yellow", "failed": "red"}
        session.out.table(("verdict", "check", Column("finding", Kind.PROSE)), rows, styles)

    session.finish(data, view, failed.error if failed else None)
