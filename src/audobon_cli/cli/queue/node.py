"""What serves on a machine of a Ray cluster: found there by the name of this module."""

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audobon_cli.engines.ray.actor import NodeHost


def host_on_node() -> "NodeHost":
    """What serves on a machine of a cluster: with the settings, models and devices of that machine."""
    from audobon_cli.engines.hosting import EngineServer
    from audobon_cli.engines.ray.actor import NodeHost
    from audobon_cli.models.catalog import find_model
    from audobon_cli.queue.ray_requests import localize_call
    from audobon_cli.sandbox.policy import sandbox_policy
    from audobon_cli.sandbox.source import take_policy_from
    from audobon_cli.workspace import Workspace

    workspace = Workspace(Path.cwd(), os.environ)
    take_policy_from(lambda: sandbox_policy(workspace.settings))
    folder = Path(tempfile.mkdtemp(prefix="audobon-"))
    host = EngineServer(workspace.engine_access.new_engine, workspace.predict_facts)
    return NodeHost(
        host,
        lambda asked, files: localize_call(
            asked, files, lambda name: find_model(name, workspace.models), folder
        ),
    )
