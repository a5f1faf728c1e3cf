"""What both commands work with."""

from typing import TYPE_CHECKING

from audobon_cli.cli.session import Session

if TYPE_CHECKING:
    from audobon_cli.privacy.sources import PrivacySources


def privacy_sources(session: Session) -> "PrivacySources":
    """What the program keeps, for the library that the command works with."""
    from audobon_cli.privacy.sources import PrivacySources
    from audobon_cli.settings.settings import setting_names

    workspace = session.workspace
    loaded = workspace.loaded_settings
    settings = {
        name: {"value": getattr(loaded.values, name), "source": loaded.sources[name]}
        for name in setting_names()
    }
    return PrivacySources(workspace.locations, settings, workspace.library, workspace.providers.ledger)
