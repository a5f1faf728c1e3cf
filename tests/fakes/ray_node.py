"""What serves on a node of a test's cluster: the fake engine."""

from audobon_cli.engines.hosting import EngineServer
from audobon_cli.engines.ray.actor import NodeHost
from tests.fakes.fake_engine import FakeEngine


def fake_node(seconds_per_step: float) -> NodeHost:
    """A host of a FakeEngine."""
    engine = FakeEngine(seconds_per_step=seconds_per_step)
    return NodeHost(
        EngineServer(lambda: engine, lambda request: (engine.facts(),)), lambda asked, files: asked
    )
