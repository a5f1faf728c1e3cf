"""The warm process with the fake engine.

Usage: python -m tests.fakes.warm_program SECONDS_PER_STEP ARGUMENT...
"""

import sys

from audobon_cli.engines.warm.server import main
from tests.fakes.fake_engine import FakeEngine, fake_engines

if __name__ == "__main__":
    engine = FakeEngine(seconds_per_step=float(sys.argv[1]))
    main(sys.argv[2:], fake_engines(engine))
