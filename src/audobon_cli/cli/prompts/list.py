"""``audobon prompts list``."""

from audobon_cli.cli.options import command
from audobon_cli.cli.screen.columns import Column, Kind
from audobon_cli.cli.session import Session


@command("list", examples=["audobon prompts list"])
def list_(session: Session) -> None:
    """List your templates of prompts."""
    from audobon_cli.prompts.templates import templates_in

    found = templates_in(session.workspace.locations.templates)
    data = {
        "templates": [
            {"name": one.name, "text": one.text, "about": one.about, "fields": dict(one.fields)}
            for one in found
        ]
    }
    columns = (Column("name", Kind.NAME), Column("prompt", Kind.PROSE), Column("what it is for", Kind.PROSE))
    session.out.listing(
        data, lambda: session.out.table(columns, [(one.name, one.text, one.about) for one in found])
    )
    if not found:
        session.out.note("There are none: `audobon prompts new` makes one.")
