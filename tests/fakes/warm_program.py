"""The warm process with the fake engine.

Usage: python -m tests.fakes.warm_program SECONDS_PER_STEP ARGUMENT...
"""

import sys

from audobon_cli.engines import registry
from audobon_cli.engines.warm.server import main
from tests.fakes.fake_engine import FakeEngine

if __name__ == "__main__":
    engine = FakeEngine(seconds_per_step=float(sys.argv[1]))
    registry.create_engine = lambda name, **options: engine  # type: ignore[assignment]
    registry.predict_facts = lambda name, request, **options: (engine.facts(),)  # type: ignore[assignment]
    main(sys.argv[2:])
