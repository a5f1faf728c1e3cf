"""The probe through the real NVML binding and a driver library built for the test."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "fakes" / "nvml.c"
COMPILER = shutil.which("cc")
needs_compiler = pytest.mark.skipif(COMPILER is None, reason="no C compiler (cc) to build the fake driver")


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the fake libnvidia-ml.so.1."""
    folder = tmp_path_factory.mktemp("driver")
    library = folder / "libnvidia-ml.so.1"
    subprocess.run([str(COMPILER), "-shared", "-fPIC", "-o", str(library), str(SOURCE)], check=True)
    return folder


def run(argv: tuple[str, ...], driver: Path, failing: str = "") -> str:
    """Stdout of a Python process that finds the fake driver."""
    variables = {**os.environ, "LD_LIBRARY_PATH": str(driver), "FAKE_NVML_FAIL": failing}
    ran = subprocess.run([sys.executable, *argv], env=variables, capture_output=True, text=True, check=True)
    return ran.stdout


PROBE = ("-c", "from audobon_cli.hardware.probe import nvidia_gpus; print(nvidia_gpus())")


@needs_compiler
def test_a_card_is_described_as_its_driver_does(driver: Path) -> None:
    found = run(PROBE, driver)
    assert "name='NVIDIA GeForce RTX 3050 6GB Laptop GPU'" in found
    assert f"total_bytes={6 << 30}, free_bytes={5 << 30}, driver='570.86'" in found


@needs_compiler
@pytest.mark.parametrize("failing", ["init", "count", "handle", "memory", "name", "driver"])
def test_a_driver_that_fails_is_no_card(driver: Path, failing: str) -> None:
    assert run(PROBE, driver, failing).strip() == "()"


@needs_compiler
def test_a_plan_takes_what_the_card_has_free(driver: Path) -> None:
    data = json.loads(run(("-m", "audobon_cli", "vram", "plan", "sd15", "--json"), driver))["data"]
    assert data["gpu"] == "NVIDIA GeForce RTX 3050 6GB Laptop GPU"
    assert data["budget_bytes"] == (5 << 30) - (1 << 29)
