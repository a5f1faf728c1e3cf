"""Drawing brings no library along that writes to the user's folders or speaks to the network by itself."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tiny_models import sdxl_folder

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
        [sys.executable, "-c", PROBE], capture_output=True, text=True, check=False, timeout=800
    )
    assert (ran.returncode, ran.stdout) == (0, "False\n"), ran.stderr


DIET = """
import sys
sys.path.insert(0, sys.argv[2])
from audobon_cli.engines.diffusers.create import create_local_engine
from audobon_cli.domain.events import ignore
from audobon_cli.engines.base import never
from pathlib import Path
from tests.tiny_models import opaque_model, resolved_request

engine = create_local_engine("cpu")
request = resolved_request(opaque_model(Path(sys.argv[1]), "StableDiffusionXLPipeline"))
engine.render(request, 7, 0, ignore, never)
heavy = ("torch._dynamo.utils", "torch._inductor", "torch.distributed.tensor", "sympy", "scipy.stats._stats_py",
         "scipy.optimize", "peft")
print([name for name in heavy if name in sys.modules])

import torch
from diffusers import EulerDiscreteScheduler, UNet2DConditionModel
scheduler = EulerDiscreteScheduler(use_beta_sigmas=True)
scheduler.set_timesteps(4)
print(len(scheduler.sigmas), "scipy.stats._stats_py" in sys.modules)
compiled = torch.compile(torch.nn.Linear(2, 2), backend="eager")
print(tuple(compiled(torch.ones(1, 2)).shape), isinstance(compiled, torch._dynamo.eval_frame.OptimizedModule))
from diffusers.utils.torch_utils import is_compiled_module
print(is_compiled_module(compiled), is_compiled_module(torch.nn.Linear(2, 2)), "torch._dynamo.utils" in sys.modules)
from torch.fx.experimental.symbolic_shapes import ShapeEnv, guard_or_false
print(guard_or_false(3 > 2), ShapeEnv.__name__, torch.distributed.is_available())
import gc
print(gc.isenabled(), gc.get_freeze_count() > 100_000)
from peft.utils.integrations import dequantize_module_weight
"""


@pytest.mark.filterwarnings("ignore")
def test_diffusers_is_imported_without_what_it_does_not_need_until_that_is_used() -> None:
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", DIET, str(sdxl_folder()), str(Path(__file__).parents[2])],
        capture_output=True,
        text=True,
        timeout=800,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines() == [
        "[]",
        "5 True",
        "(1, 2) True",
        "True False True",
        "True ShapeEnv True",
        "True True",
    ]


BELOW_FIRST = """
import sys
from audobon_cli.engines.quiet_imports import defer
import json
defer("email.mime", {"answer": 1})
import email.mime
print(email.mime.answer, "email.mime.text" in sys.modules)
from email.mime.text import MIMEText
import email.mime.text
print(MIMEText is email.mime.text.MIMEText, type(sys.modules["email.mime"]).__name__, hasattr(email.mime, "answer"))
"""


def test_a_deferred_module_is_whole_before_one_below_it_is_imported() -> None:
    ran = subprocess.run([sys.executable, "-c", BELOW_FIRST], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines() == ["1 False", "True module False"]


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
        timeout=800,
        env=environment,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stderr.splitlines()[-1] == "[]"
    assert '"existing": false' in ran.stdout
    left = [path for path in tmp_path.rglob("*") if "microsoft" in str(path).lower()]
    assert not left, "onnxruntime writes its telemetry below the user's cache"
