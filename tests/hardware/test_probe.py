"""The probe through the real NVML binding and a driver library built for the test."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from audobon_cli.hardware import probe as probe_module
from audobon_cli.hardware.amd import amd_gpus
from audobon_cli.hardware.gpu import GpuKind

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


PROBE = ("-c", "from audobon_cli.hardware.nvidia import nvidia_gpus; print(nvidia_gpus())")


@needs_compiler
def test_a_card_is_described_as_its_driver_does(driver: Path) -> None:
    found = run(PROBE, driver)
    assert "name='NVIDIA GeForce RTX 3050 6GB Laptop GPU'" in found
    assert f"total_bytes={6 << 30}, free_bytes={5 << 30}, driver='570.86'" in found


@needs_compiler
@pytest.mark.parametrize("failing", ["init", "count", "handle", "memory", "name"])
def test_a_driver_that_fails_is_no_card(driver: Path, failing: str) -> None:
    assert run(PROBE, driver, failing).strip() == "()"


@needs_compiler
def test_a_plan_takes_what_the_card_has_free(driver: Path) -> None:
    data = json.loads(run(("-m", "audobon_cli", "vram", "plan", "sd15", "--json"), driver))["data"]
    assert data["gpu"] == "NVIDIA GeForce RTX 3050 6GB Laptop GPU"
    assert data["budget_bytes"] == (5 << 30) - (1 << 29)


@needs_compiler
def test_what_a_card_tells_besides(driver: Path) -> None:
    found = run(PROBE, driver)
    assert "temperature_celsius=55, power_watts=42.5" in found
    assert "busy_percent=63" in found
    assert f"GpuProcess(pid=4242, memory_bytes={900 << 20}), GpuProcess(pid=4343, memory_bytes=None)" in found


@needs_compiler
def test_what_a_driver_does_not_tell_is_left_open(driver: Path) -> None:
    found = run(PROBE, driver, "driver,temperature,power,processes,utilization,shutdown")
    assert "driver=''" in found
    assert "temperature_celsius=None, power_watts=None, processes=(), busy_percent=None" in found


@needs_compiler
def test_the_doctor_shows_the_card(driver: Path) -> None:
    ran = run(("-m", "audobon_cli", "doctor"), driver)
    assert "RTX 3050 6GB Laptop GPU" in ran
    assert "55 °C" in ran
    assert "2 other programs hold 900 MiB" in ran


@needs_compiler
def test_the_cards_that_are_here_are_listed_first(driver: Path) -> None:
    data = json.loads(run(("-m", "audobon_cli", "vram", "gpus", "--json"), driver))["data"]
    assert data["present"][0]["name"] == "NVIDIA GeForce RTX 3050 6GB Laptop GPU"
    assert data["present"][0]["temperature_celsius"] == 55


def amd_card(sysfs: Path, **files: str) -> Path:
    device = sysfs / "class" / "drm" / "card0" / "device"
    (device / "hwmon" / "hwmon3").mkdir(parents=True)
    told = {"vendor": "0x1002", "device": "0x73bf", "mem_info_vram_total": str(16 << 30), **files}
    told.setdefault("mem_info_vram_used", str(1 << 30))
    for name, text in told.items():
        (device / name).write_text(f"{text}\n")
    return device


def test_an_amd_card_is_described_by_its_driver(tmp_path: Path) -> None:
    device = amd_card(tmp_path, product_name="AMD Radeon RX 6800 XT")
    (device / "hwmon" / "hwmon3" / "temp1_input").write_text("61000\n")
    (device / "hwmon" / "hwmon3" / "power1_average").write_text("120500000\n")
    (device / "gpu_busy_percent").write_text("37\n")
    (tmp_path / "class" / "drm" / "card0-HDMI-A-1").mkdir()
    (card,) = amd_gpus(tmp_path)
    assert (card.name, card.kind) == ("AMD Radeon RX 6800 XT", GpuKind.AMD)
    assert (card.total_bytes, card.free_bytes) == (16 << 30, 15 << 30)
    assert (card.temperature_celsius, card.power_watts, card.busy_percent) == (61, 120.5, 37)


@pytest.mark.parametrize(
    "files",
    [
        {"vendor": "0x8086"},
        {"mem_info_vram_total": "some"},
        {"mem_info_vram_total": str(512 << 20)},
    ],
)
def test_other_graphics_are_no_amd_card(tmp_path: Path, files: dict[str, str]) -> None:
    amd_card(tmp_path, **files)
    assert amd_gpus(tmp_path) == ()
    assert amd_gpus(tmp_path / "nowhere") == ()


def test_an_amd_card_that_tells_little(tmp_path: Path) -> None:
    (card,) = amd_gpus(amd_card(tmp_path, mem_info_vram_used="").parents[3])
    assert card.name == "AMD graphics 0x73bf"
    assert card.free_bytes == card.total_bytes
    assert (card.temperature_celsius, card.power_watts, card.driver) == (None, None, "")


def test_a_mac_shares_its_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe_module.platform, "system", lambda: "Darwin")
    monkeypatch.setattr(probe_module.platform, "machine", lambda: "arm64")
    (card,) = probe_module.apple_gpus()
    assert card.kind is GpuKind.APPLE
    assert 0 < card.total_bytes < probe_module.probe().memory_bytes


def test_the_processor_and_its_memory() -> None:
    machine = probe_module.probe()
    assert machine.cpus >= 1
    assert 0 < machine.available_bytes <= machine.memory_bytes
