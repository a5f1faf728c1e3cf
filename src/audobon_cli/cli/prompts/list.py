"""``audobon prompts list``."""

from audobon_cli.cli.options import command
from audobon_cli.cli.screen.columns import Column, Kind
from audobon_cli.cli.session import Session


@command("list", examples=["audobon prompts list"])
def list_(session: Session) -> None:
    """List your templates of prompts."""
    from audobon_cli.prompts.templates import read_templates

    found, unusable = read_templates(session.workspace.locations.templates)
    data = {
        "templates": [
            {"name": one.name, "text": one.text, "about": one.about, "fields": dict(one.fields)}
            for one in found
        ],
        "unusable": [{"path": str(one.path), "reason": one.reason} for one in unusable],
    }
    columns = (Column("name", Kind.NAME), Column("prompt", Kind.PROSE), Column("what it is for", Kind.PROSE))
    session.out.listing(
        data, lambda: session.out.table(columns, [(one.name, one.text, one.about) for one in found])
    )
    for one in unusable:
        session.out.warn(f"{one.reason} Mend or remove the file.")
    if not found and not unusable:
        session.out.note("There are none: `audobon prompts new` makes one.")
