"""The warm process: commands behave the same with it, without it, and when it dies in the middle."""

import contextlib
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from safetensors.numpy import load_file, save_file

from audobon_cli.engines.warm import client
from tests.conftest import Audobon, Ran
from tests.fakes.fake_engine import FakeEngine
from tests.fault_injection import child_environment
from tests.tiny_models import clip_folder
from tests.waiting import PATIENCE_SECONDS, until

KEEP = ("--keep-warm", "2m")


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch, audobon: Audobon) -> Iterator[Path]:
    """A runtime folder whose path is short enough for a socket; what serves there is ended afterwards. On a loaded
    machine it is waited for."""
    for name in ("ANSWER_SECONDS", "START_SECONDS"):
        monkeypatch.setattr(client, name, PATIENCE_SECONDS)
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        monkeypatch.setenv("XDG_RUNTIME_DIR", folder)
        monkeypatch.setenv("PYTHONPATH", child_environment()["PYTHONPATH"])
        yield Path(folder) / "audobon"
        process = audobon("warm", "--json", "--stop").data["process"]
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process["pid"], signal.SIGKILL)


@pytest.fixture
def fakes(runtime: Path, fake_engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> FakeEngine:
    """The engine of this process; the warm one has its own."""
    monkeypatch.setattr(client, "SERVER", (sys.executable, "-m", "tests.fakes.warm_program", "0"))
    return fake_engine


@pytest.mark.posix
@pytest.mark.parametrize("by_setting", [False, True])
def test_a_folder_where_nothing_can_listen_is_told_once(
    audobon: Audobon,
    fake_engine: FakeEngine,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    by_setting: bool,
) -> None:
    long, opened = tmp_path / ("long" * 30), tmp_path / "open"
    long.mkdir(mode=0o700)
    (opened / "audobon").mkdir(parents=True)
    opened.chmod(0o700)
    (opened / "audobon").chmod(0o777)
    if by_setting:
        monkeypatch.setenv("AUDOBON_KEEP_WARM", "2m")
    keep = () if by_setting else KEEP
    for folder, said in ((long, "export XDG_RUNTIME_DIR="), (opened, f"chmod 700 {opened}/audobon")):
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
        ran = audobon("generate", "fox", "--fresh", *keep)
        assert ran.status == 0, ran.err
        assert ran.err.count("The model is not kept in memory") == 1
        assert str(folder / "audobon") in ran.err
        assert said in ran.err
    assert "kept in memory" not in audobon("generate", "fox", "--fresh", "--keep-warm", "0").err


def is_place(path: Path) -> bool:
    """Whether a warm process is reached there: a socket, or the file that names a port."""
    return path.name.startswith("warm-") and not path.suffix


def standing(audobon: Audobon) -> dict[str, Any] | None:
    process: dict[str, Any] | None = audobon("warm", "--json").data["process"]
    return process


TIMING = ("run", "elapsed_seconds", "remaining_seconds")
"""What `--events` adds to every event: whose run, and when."""


def timeless(ran: Ran) -> list[dict[str, Any]]:
    """Events without what differs between any two runs."""
    varying = ("seconds", "asset", "path", "existing", "budget_bytes", *TIMING)
    return [{key: value for key, value in event.items() if key not in varying} for event in ran.events]


def start(seconds: str, *argv: str) -> "subprocess.Popen[str]":
    """The command with so many seconds per step; after a comma, those of the warm process."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.fakes.program", seconds, *argv],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_second_command_is_served_by_it_with_the_same_events_and_bytes(
    audobon: Audobon, fakes: FakeEngine
) -> None:
    plain = audobon("generate", "cat", "--seed", "1", "--fresh", "--events")
    assert fakes.calls["render"] == 1
    assert standing(audobon) is None
    first = audobon("generate", "cat", "--seed", "1", "--fresh", "--events", *KEEP)
    second = audobon("generate", "cat", "--seed", "1", "--fresh", "--events")
    assert fakes.calls["render"] == 1
    assert timeless(plain) == timeless(first) == timeless(second)
    assert [asset["existing"] for asset in second.data["assets"]] == [True]
    process = standing(audobon)
    assert process is not None
    assert process["models"] == ["sprite"]
    assert not process["busy"]
    assert 0 < process["seconds_left"] <= 120
    assert f"process {process['pid']} keeps sprite in memory" in audobon("doctor").out


def test_only_this_user_can_reach_it(audobon: Audobon, fakes: FakeEngine, runtime: Path) -> None:
    audobon("generate", "cat", *KEEP)
    (found,) = [path for path in runtime.iterdir() if is_place(path)]
    if hasattr(os, "fork"):  # on Windows the folder says who may
        assert stat.S_IMODE(found.stat().st_mode) == 0o600
    assert stat.S_IMODE(runtime.stat().st_mode) == 0o700
    audobon("warm", "--stop")
    until(lambda: not found.exists())
    runtime.chmod(0o755)
    assert audobon("generate", "dog", *KEEP).status == 0
    assert fakes.calls["render"] == 1
    assert f"chmod 700 {runtime}" in audobon("doctor").out
    runtime.chmod(0o700)


def test_it_ends_when_nobody_comes(audobon: Audobon, fakes: FakeEngine, runtime: Path) -> None:
    audobon("generate", "cat", "--keep-warm", "0.2s")
    assert fakes.calls["render"] == 0
    until(lambda: not any(is_place(path) for path in runtime.iterdir()))
    assert audobon("generate", "dog").status == 0
    assert fakes.calls["render"] == 1


def test_other_settings_send_it_away_and_begin_another(
    audobon: Audobon, fakes: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    audobon("generate", "cat", *KEEP)
    first = standing(audobon)
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    audobon("generate", "dog", *KEEP)
    second = standing(audobon)
    assert first is not None
    assert second is not None
    assert first["pid"] != second["pid"]
    monkeypatch.setenv("OMP_NUM_THREADS", "4")
    audobon("generate", "cow")
    assert fakes.calls["render"] == 1
    until(lambda: standing(audobon) is None)


def test_zero_sends_it_away(audobon: Audobon, fakes: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUDOBON_KEEP_WARM", "2m")
    audobon("generate", "cat")
    assert standing(audobon) is not None
    audobon("generate", "dog", "--keep-warm", "0")
    assert fakes.calls["render"] == 1
    until(lambda: standing(audobon) is None)


@pytest.mark.parametrize("text", ["soon", "-1s", "nan", "inf"])
def test_what_is_no_duration_is_refused(audobon: Audobon, fakes: FakeEngine, text: str) -> None:
    assert audobon("generate", "cat", f"--keep-warm={text}").status == 2


def test_killed_in_the_middle_the_command_does_the_work_itself_once(audobon: Audobon, runtime: Path) -> None:
    command = start("0,5", "generate", "cat", "dog", "--steps", "20", "--json", *KEEP)
    until(
        lambda: (found := standing(audobon)) is not None and found["busy"] and found["models"] == ["sprite"]
    )
    process = standing(audobon)
    assert process is not None
    os.kill(process["pid"], signal.SIGKILL)
    out, _ = command.communicate(timeout=PATIENCE_SECONDS)
    assert command.returncode == 0
    assert len(json.loads(out)["data"]["assets"]) == 2
    assert audobon("assets", "list", "--json").data["total"] == 2


def test_ctrl_c_stops_the_picture_and_not_the_process(audobon: Audobon, runtime: Path) -> None:
    command = start("0.05", "generate", "cat", "--steps", "1000", "--json", *KEEP)
    until(
        lambda: (found := standing(audobon)) is not None and found["busy"] and found["models"] == ["sprite"]
    )
    process = standing(audobon)
    command.send_signal(signal.SIGINT)
    out, _ = command.communicate(timeout=PATIENCE_SECONDS)
    assert command.returncode == 130
    assert json.loads(out)["error"]["code"] == "run.interrupted"
    until(lambda: (found := standing(audobon)) is not None and not found["busy"])
    after = standing(audobon)
    assert process is not None
    assert after is not None
    assert after["pid"] == process["pid"]


def test_a_command_does_not_wait_while_it_serves_another(
    audobon: Audobon, fakes: FakeEngine, runtime: Path
) -> None:
    slow = start("0.05", "generate", "cat", "--steps", "1000", *KEEP)
    until(lambda: (found := standing(audobon)) is not None and found["busy"])
    assert audobon("generate", "dog", *KEEP).status == 0
    assert fakes.calls["render"] == 1
    slow.send_signal(signal.SIGTERM)
    slow.communicate(timeout=PATIENCE_SECONDS)


def test_the_real_engine_draws_the_same_and_sees_that_a_model_changed(
    audobon: Audobon, runtime: Path, isolation: Path
) -> None:
    folder = isolation / "tiny"
    shutil.copytree(clip_folder(), folder)
    command = ("generate", "cat", "--model", "./tiny", "--steps", "2", "--seed", "1", "--fresh", "--json")
    plain = audobon(*command).data["assets"][0]
    warm = audobon(*command, *KEEP).data["assets"][0]
    assert (warm["blob"], warm["existing"]) == (plain["blob"], True)
    assert standing(audobon) is not None
    weights = next((folder / "unet").glob("*.safetensors"))
    tensors = load_file(weights)
    name = next(name for name in tensors if name.startswith("conv_in"))
    save_file({**tensors, name: tensors[name] + 0.5}, weights, {"format": "pt"})
    changed = audobon(*command).data["assets"][0]
    assert changed["blob"] != plain["blob"]
    assert changed["blob"] == audobon(*command, "--keep-warm", "0").data["assets"][0]["blob"]
