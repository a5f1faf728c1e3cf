"""``audobon models list``."""

from audobon_cli.cli.models.views import list_view
from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session


@command("list", examples=["audobon models list", "audobon models list --json"])
def list_(session: Session) -> None:
    """List models that are here, and those to pull.

    Says of each when it was last used and whether it fits this machine: its largest graphics card or, where there
    is none, its memory.
    """
    from audobon_cli.hardware.probe import probe
    from audobon_cli.models.catalog import list_models
    from audobon_cli.models.last_used import last_used
    from audobon_cli.presets.catalog import shipped_presets
    from audobon_cli.vram.model_fit import Forecasts, assess

    workspace = session.workspace
    found = list_models(workspace.models)
    forecasts = Forecasts(workspace.vram.forecasts, workspace.presets, shipped_presets())
    fits = assess(found, probe(), forecasts)
    used = {model.name: last_used(model.name, workspace.models) for model in found}
    list_view(session.out, found, fits, used)
