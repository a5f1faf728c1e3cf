"""Nothing that is imported reports on its user: no device id, no database of events."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

IMPORTS = {
    "matting": """
from pathlib import Path
from audobon_cli.domain.errors import MattingUnavailable
from audobon_cli.sprites.operations.matting import _session
try:
    _session(Path("no-such-network.onnx"))
except MattingUnavailable:
    pass
""",
    "exported graphs": "from audobon_cli.engines.onnx.runtime import onnxruntime; onnxruntime()",
    "pipelines": "from audobon_cli.engines.quiet_imports import import_diffusers; import_diffusers()",
}


@pytest.mark.parametrize("what", IMPORTS)
def test_imports_leave_nothing_in_the_cache_folder(what: str, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    environment = {key: value for key, value in os.environ.items() if key != "ORT_DISABLE_TELEMETRY"}
    environment |= {"XDG_CACHE_HOME": str(cache), "HOME": str(tmp_path)}
    code = (
        IMPORTS[what]
        + "\nimport sys; assert {'onnxruntime', 'diffusers'} & set(sys.modules) or 'transformers' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], env=environment, check=True, timeout=800)
    assert not list(tmp_path.rglob(".onnxruntime"))
