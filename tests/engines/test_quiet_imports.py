"""Drawing brings no library along that writes to the user's folders or speaks to the network by itself."""

import subprocess
import sys

import pytest

PROBE = """
import sys
from audobon_cli.engines.registry import create_engine
from audobon_cli.domain.errors import AudobonError
try:
    create_engine("local")
except (AudobonError, TypeError):
    pass
assert "diffusers" in sys.modules
import diffusers.guiders.guider_utils
print("onnxruntime" in sys.modules)
import onnxruntime
"""


def test_onnxruntime_is_not_imported_with_diffusers_and_still_can_be() -> None:
    pytest.importorskip("onnxruntime")
    ran = subprocess.run(
        [sys.executable, "-c", PROBE], capture_output=True, text=True, check=False, timeout=300
    )
    assert (ran.returncode, ran.stdout) == (0, "False\n"), ran.stderr
