"""The warm process with the fake engine.

Usage: python -m tests.fakes.warm_program SECONDS_PER_STEP ARGUMENT...
"""

import sys

from audobon_cli.engines.warm import server
from tests.fakes.fake_engine import FakeEngine, fake_engines
from tests.waiting import PATIENCE_SECONDS

if __name__ == "__main__":
    engine = FakeEngine(seconds_per_step=float(sys.argv[1]))
    server.FIRST_WORD_SECONDS = server.FIRST_VISIT_SECONDS = server.PREDECESSOR_SECONDS = PATIENCE_SECONDS
    server.main(sys.argv[2:], fake_engines(engine))
