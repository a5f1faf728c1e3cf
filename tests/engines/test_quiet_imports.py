"""Drawing brings no library along that writes to the user's folders or speaks to the network by itself."""

import os
import subprocess
import sys
from pathlib import Path

PROBE = """
import sys
from audobon_cli.engines.diffusers.create import create_local_engine
create_local_engine("cpu")
assert "diffusers" in sys.modules
import diffusers.guiders.guider_utils
print("onnxruntime" in sys.modules)
import onnxruntime
"""


def test_onnxruntime_is_not_imported_with_diffusers_and_still_can_be() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", PROBE], capture_output=True, text=True, check=False, timeout=300
    )
    assert (ran.returncode, ran.stdout) == (0, "False\n"), ran.stderr


GRAPHS = """
import os, sys
from audobon_cli.cli.main import run
status = run(["generate", "apple", "--seed", "7", "--steps", "2", "--candidates", "2", "--json", "--library-only"])
heavy = ("torch", "diffusers", "transformers", "scipy", "huggingface_hub", "onnx", "numpy.random")
print([name for name in heavy if name in sys.modules], file=sys.stderr)
sys.exit(status)
"""


def test_a_plain_picture_imports_no_torch_and_leaves_no_telemetry(tmp_path: Path) -> None:
    environment = {**os.environ, "HOME": str(tmp_path)}
    ran = subprocess.run(
        [sys.executable, "-c", GRAPHS],
        capture_output=True,
        text=True,
        timeout=280,
        env=environment,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stderr.splitlines()[-1] == "[]"
    assert '"existing": false' in ran.stdout
    left = [path for path in tmp_path.rglob("*") if "microsoft" in str(path).lower()]
    assert not left, "onnxruntime writes its telemetry below the user's cache"
