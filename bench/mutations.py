"""Foreign inputs, mutated by a seed, through every reader: ``python bench/mutations.py --count 2000 --seed 1``.

What is counted is said in tests/foreign/trial.py. Ends with 1 if anything is.
"""

import argparse
import faulthandler
import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.foreign.readers import READERS
from tests.foreign.trial import run_trial

LONGEST_SECONDS = 1_800


def main() -> int:
    """The trial, in an empty home."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="a folder for inputs that are counted")
    parser.add_argument("--only", default="", help="readers with this in their names")
    asked = parser.parse_args()
    faulthandler.enable()
    faulthandler.dump_traceback_later(LONGEST_SECONDS, exit=True)
    keep = asked.keep.absolute() if asked.keep is not None else None
    with tempfile.TemporaryDirectory() as name:
        os.environ["HOME"] = name
        for variable in [one for one in os.environ if one.startswith(("XDG_", "AUDOBON_", "GIT_"))]:
            del os.environ[variable]
        os.environ["NO_COLOR"] = "1"
        os.chdir(name)
        readers = [one for one in READERS if asked.only in one.name]
        tally = run_trial(Path(name), asked.count, asked.seed, keep, readers)
    print(tally)
    print("\n".join(tally.faults))
    return int(bool(tally.faults or tally.unverified))


if __name__ == "__main__":
    sys.exit(main())
