"""``audobon audit show``."""

from typing import Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.domain.units import format_exact_time

OFF = "The audit log is off: `audobon config set audit.log true` turns it on."


@command("show", examples=["audobon audit show", "audobon audit show --limit 0 --json"])
def show(
    session: Session,
    limit: Annotated[
        int, typer.Option("--limit", "-n", min=0, metavar="N", help="Show at most N; 0 shows all.")
    ] = 50,
) -> None:
    """Show who changed what, the newest last.

    Ids of assets and commands; no names, no prompts. `audobon audit verify` says whether it can be believed.
    """
    from audobon_cli.library.audit.log import read_audit

    found = read_audit(session.workspace.library, limit)
    is_on = session.workspace.settings.audit_log
    data = {
        "on": is_on,
        "records": [
            {
                "number": one.number,
                "time": one.time.isoformat(),
                "who": one.who,
                "command": one.what,
                "did": {verb: list(ids) for verb, ids in one.did.items()},
            }
            for one in found
        ],
    }
    rows = [
        (
            one.number,
            format_exact_time(one.time),
            one.who,
            one.what,
            _words({v: len(i) for v, i in one.did.items()}),
        )
        for one in found
    ]
    session.out.listing(
        data, view=lambda: session.out.table(("record", "time", "who", "command", "assets"), rows)
    )
    if not is_on:
        session.out.note(OFF)


def _words(did: dict[str, int]) -> str:
    return ", ".join(f"{verb} {count}" for verb, count in did.items())
