"""The console script with the fake engine, for tests that need a process of their own. So have the warm process and
the nodes of a cluster.

Usage: python -m tests.fakes.program SECONDS_PER_STEP[,THOSE_OF_THE_WARM_PROCESS] ARGUMENT...
"""

import functools
import sys

from audobon_cli.cli.main import run
from audobon_cli.cli.queue import node
from audobon_cli.engines.warm import client
from tests.fakes.fake_engine import FakeEngine, fake_engines
from tests.fakes.ray_node import fake_node
from tests.waiting import PATIENCE_SECONDS

if __name__ == "__main__":
    own, _, warm = sys.argv[1].partition(",")
    engine = FakeEngine(seconds_per_step=float(own))
    client.SERVER = (sys.executable, "-m", "tests.fakes.warm_program", warm or own)
    client.ANSWER_SECONDS = client.START_SECONDS = PATIENCE_SECONDS
    node.host_on_node = functools.partial(fake_node, engine.seconds_per_step)  # type: ignore[assignment]
    sys.exit(run(sys.argv[2:], fake_engines(engine)))
