"""The processor is measured once, for small networks and for large ones, and plans go by it."""

import json
from pathlib import Path

import pytest

from audobon_cli.domain.inputs import ImageInputs
from audobon_cli.domain.request import GenerationRequest
from audobon_cli.generation.resolve.composition import WORDS_ALONE
from audobon_cli.generation.resolve.local import resolve
from audobon_cli.presets.catalog import shipped_presets
from audobon_cli.settings.settings import Settings
from audobon_cli.vram import self_measurement
from audobon_cli.vram.calibrations import Calibration, read_calibrations
from audobon_cli.vram.device_budget import CPU, device_budget, large_key, small_key
from audobon_cli.vram.self_measurement import measure_processor
from audobon_cli.workspace import Workspace
from tests.fakes import fake_engine
from tests.fakes.fake_engine import FakeEngine


class Clock:
    """A clock that goes on by what is slept, and by a little each time that it is looked at."""

    now = 0.0

    def perf_counter(self) -> float:
        self.now += 0.001
        return self.now

    def process_time(self) -> float:
        return 0.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_small_and_large_networks_are_measured_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    for module in (self_measurement, fake_engine):
        monkeypatch.setattr(module, "time", clock)
    workspace = Workspace(tmp_path, {}, {"device": "cpu"})
    words = ImageInputs(strength=WORDS_ALONE)
    request = resolve(
        GenerationRequest("cat", model="sprite", seed=1, inputs=words), Settings(), workspace.models
    )
    file = tmp_path / "vram.json"
    measure_processor(request, workspace.vram.uncalibrated_selector, FakeEngine(seconds_per_step=0.02), file)
    known = read_calibrations(file)
    assert set(known) == {small_key(), large_key()}
    card = device_budget("cpu", shipped_presets(), known)
    assert card.small_speed is not None
    assert card.speed_for(0.00002) == card.small_speed
    assert card.speed_for(0.074) == card.speed
    predicted = workspace.vram._selector(known).place(request).forecast
    assert predicted is not None
    assert 0.02 * request.steps / 1.5 < predicted.seconds < 0.02 * request.steps * 1.5


def test_what_a_profile_measured_goes_before() -> None:
    one = Calibration(1.0, 2.0, 3, "2026-11-29")
    other = Calibration(1.0, 7.0, 1, "2026-11-29")
    card = device_budget("cpu", shipped_presets(), {CPU: one, small_key(): other, large_key(): other})
    assert card.calibration == one
    assert card.small_speed is None


def test_the_measurement_of_another_machine_is_none_of_this_one(tmp_path: Path) -> None:
    file = tmp_path / "vram.json"
    entry = {"memory_factor": 1.0, "time_factor": 9.0, "runs": 1, "measured": "2026-11-29"}
    file.write_text(json.dumps({"devices": {"cpu-small@elsewhere": entry, "cpu-large@elsewhere": entry}}))
    card = device_budget("cpu", shipped_presets(), read_calibrations(file))
    assert card.calibration is None
