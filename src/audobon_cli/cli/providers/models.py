"""``audobon providers models``."""

from audobon_cli.cli.options import command
from audobon_cli.cli.providers.options import Names
from audobon_cli.cli.session import Session


@command("models", examples=["audobon providers models", "audobon providers models replicate --json"])
def models(session: Session, names: Names = None) -> None:
    """List the models of providers, with prices.

    Says too what each honours, where a figure comes from, and when a model ends. `audobon providers models
    comfyui` asks the servers which checkpoints they have.
    """
    from datetime import UTC, datetime

    from audobon_cli.cli.providers.views import files_data, files_view, model_data, models_view
    from audobon_cli.providers.check import list_remote_models, list_server_files

    found = list_remote_models(names or (), session.workspace.providers, datetime.now(UTC).date())
    asks = "comfyui" in (names or ()) and not session.workspace.settings.offline
    servers = list_server_files(session.workspace.providers) if asks else ()

    def view() -> None:
        models_view(session, found)
        files_view(session, servers)

    data = {"models": [model_data(one) for one in found], "servers": [files_data(one) for one in servers]}
    session.out.result(data, view)
