"""``audobon config show``."""

from audobon_cli.cli.options import command
from audobon_cli.cli.screen.columns import Column, Kind
from audobon_cli.cli.session import Session

COLUMNS = (
    Column("setting"),
    Column("value", Kind.PROSE),
    Column("from", Kind.NAME),
    Column("what it does", Kind.PROSE),
)


@command("show", examples=["audobon config show", "audobon config show --json"])
def show(session: Session) -> None:
    """List settings, their values and who set them."""
    from audobon_cli.domain.secrets import redacted
    from audobon_cli.settings.settings import describe, setting_names

    loaded = session.workspace.loaded_settings
    rows = [
        {
            "key": key,
            "value": redacted(getattr(loaded.values, key)),
            "source": loaded.sources[key],
            "description": describe(key),
        }
        for key in setting_names()
    ]
    effective = {
        "library": str(session.workspace.library_path),
        "author": session.workspace.author,
        "device": "auto",
    }
    cells = [
        (row["key"], str(row["value"]) or effective.get(row["key"], ""), row["source"], row["description"])
        for row in rows
    ]
    session.out.listing(
        {"settings": rows},
        view=lambda: session.out.table(COLUMNS, cells),
    )
    session.out.note(
        f"Change one: audobon config set NAME VALUE ({session.workspace.locations.settings_file})."
    )
