"""``audobon plugins list``."""

from audobon_cli.cli.options import command
from audobon_cli.cli.screen.columns import Column, Kind
from audobon_cli.cli.session import Session


@command("list", examples=["audobon plugins list", "AUDOBON_NO_PLUGINS=1 audobon plugins list"])
def list_(session: Session) -> None:
    """List plugins, and which of them are in use.

    Those that are on are imported, so that broken ones show. What is off, shadowed or broken stops nothing.
    """
    from audobon_cli.contracts.survey import survey
    from audobon_cli.plugins.discovery import API_VERSION

    _ = session.workspace  # its settings say which are enabled
    found = survey()
    data = {
        "api": API_VERSION,
        "plugins": [
            {
                "name": one.plugin.name,
                "kind": one.plugin.kind.value,
                "package": one.plugin.package,
                "version": one.plugin.version,
                "state": one.state.value,
                "why": one.why,
            }
            for one in found
        ],
    }
    rows = [
        (one.plugin.name, one.plugin.kind.value, one.plugin.label, one.state.value, one.why) for one in found
    ]
    columns = (Column("name", Kind.NAME), "kind", "package", "state", Column("why", Kind.PROSE))
    styles = {"on": "green", "off": "dim", "shadowed": "yellow", "broken": "red"}
    session.out.listing(data, view=lambda: session.out.table(columns, rows, styles))
    if not found:
        session.out.note("No package with plugins is installed; docs/extensions.md says how one is made.")
