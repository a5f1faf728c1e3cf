"""``audobon privacy retention``."""

from audobon_cli.cli.options import command
from audobon_cli.cli.privacy.sources import privacy_sources
from audobon_cli.cli.screen.columns import Column, Kind
from audobon_cli.cli.session import Session
from audobon_cli.domain.units import format_seconds


@command("retention", examples=["audobon privacy retention", "audobon privacy retention --json"])
def retention(session: Session) -> None:
    """Show how long what is kept is kept.

    Of the library and of you: trash, history, jobs, calls, metrics, logs, caches; which rule holds, how old the oldest
    is, what goes by itself next, and which command removes it. Recovery points are counted by `audobon backup list`.
    """
    from audobon_cli.privacy.retention import retention as kept

    found = kept(privacy_sources(session))
    data = {
        "kept": [
            {
                "kind": one.kind,
                "count": one.count,
                "rule": one.rule,
                "oldest_seconds": None if one.oldest is None else round(one.oldest, 1),
                "goes": one.goes.isoformat() if one.goes else None,
                "removed_by": one.removed_by or None,
            }
            for one in found
        ]
    }
    rows = [
        (
            one.kind,
            "" if one.count is None else one.count,
            "" if one.oldest is None else format_seconds(one.oldest),
            one.goes.date().isoformat() if one.goes else "",
            one.rule,
            one.removed_by,
        )
        for one in found
    ]
    columns = (
        *(Column("kept"), Column("count", Kind.NUMBER), Column("oldest"), Column("goes")),
        *(Column("for how long", Kind.PROSE), Column("removed by", Kind.PROSE)),
    )
    session.out.listing(data, view=lambda: session.out.table(columns, rows))
