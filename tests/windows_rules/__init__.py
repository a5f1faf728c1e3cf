"""Windows' rules on Linux: what the program may not name is taken away, and the calls of Windows are stood in for.

`install` puts them in force for this process. `start/sitecustomize.py` does so in children that find it on their path.

The rules hold for what the program does, itself or through the standard library; test code may do what it likes, but
what it has open counts. Kept are: nobody deletes, renames or replaces what somebody has open without sharing that; a
name that is deleted while open stays taken until it is closed; locks are of ranges and belong to the handle; files
marked read-only are neither deleted nor replaced; names that Windows has not; text in cp1252 with CRLF unless the
program says otherwise; only what may be written to can be flushed.
"""

import os
from pathlib import Path

VARIABLE = "TESTS_WINDOWS_RULES"
START = Path(__file__).parent / "start"


def are_in_force() -> bool:
    """Whether the rules hold in this process."""
    return bool(os.environ.get(VARIABLE))
