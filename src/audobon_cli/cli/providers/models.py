"""``audobon providers models``."""

from audobon_cli.cli.options import command
from audobon_cli.cli.providers.options import Names
from audobon_cli.cli.session import Session


@command("models", examples=["audobon providers models", "audobon providers models replicate --json"])
def models(session: Session, names: Names = None) -> None:
    """List the models of providers: price, what they honour, where a figure comes from, and when they end."""
    from datetime import UTC, datetime

    from audobon_cli.cli.providers.views import model_data, models_view
    from audobon_cli.providers.check import list_remote_models

    found = list_remote_models(names or (), session.workspace.providers, datetime.now(UTC).date())
    session.out.result({"models": [model_data(one) for one in found]}, lambda: models_view(session, found))
