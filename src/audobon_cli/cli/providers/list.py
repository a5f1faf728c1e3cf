"""``audobon providers list``."""

from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session


@command("list", examples=["audobon providers list", "audobon providers list --json"])
def list_(session: Session) -> None:
    """List providers, prices, and whether a key was found.

    Keys themselves are never shown.
    """
    from audobon_cli.cli.providers.views import list_view
    from audobon_cli.providers.check import list_providers

    found = list_providers(session.workspace.providers)
    session.out.result({"providers": [one.to_dict() for one in found]}, lambda: list_view(session, found))
