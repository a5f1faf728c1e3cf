"""``audobon services`` and ``resources``: real processes, real kills."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_contract import validator
from tests.conftest import Audobon
from tests.fault_injection import child_environment
from tests.waiting import PATIENCE_SECONDS, until

Services = dict[str, list[dict[str, Any]]]


@pytest.fixture
def stopped_afterwards(audobon: Audobon, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What a test begins is ended, whatever becomes of the test."""
    monkeypatch.setenv("PYTHONPATH", child_environment()["PYTHONPATH"])
    audobon("init")
    yield
    for one in audobon("services", "list", "--json").data["services"]:
        if one["pid"]:
            with contextlib.suppress(ProcessLookupError):  # it has just ended by itself
                os.kill(one["pid"], signal.SIGTERM)


def listed(audobon: Audobon) -> Services:
    """The services by kind."""
    found: Services = {}
    data = audobon("services", "list", "--json").data
    validator("services-list").validate(data)
    for one in data["services"]:
        found.setdefault(one["kind"], []).append(one)
    return found


def start(*words: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "audobon_cli", "services", "start", *words, "--json"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@pytest.mark.posix
@pytest.mark.loopback
@pytest.mark.usefixtures("stopped_afterwards")
def test_services_are_begun_once_killed_and_ended(audobon: Audobon) -> None:
    both = [start("studio", "workers", "--port", "0") for _ in range(2)]
    told = [json.loads(one.communicate(timeout=PATIENCE_SECONDS)[0])["data"] for one in both]
    for data in told:
        validator("services-start").validate(data)
    studios = [data["services"][0] for data in told]
    assert sorted(one["ran_before"] for one in studios) == [False, True]
    assert studios[0]["pids"] == studios[1]["pids"]
    assert "#token=" in studios[0]["addresses"][0]
    assert Path(studios[0]["log"]).read_text() == ""

    found = listed(audobon)
    assert [one["state"] for one in found["studio"]] == ["ready"]
    assert "token" not in json.dumps(found)
    assert found["monitor"][0]["state"] == "stopped"
    (worker,) = found["workers"]
    assert worker["metrics"]["jobs_done"] == 0
    assert worker["memory_bytes"] > 10**6
    rows = audobon("resources", "--json").data
    validator("resources").validate(rows)
    assert [one["state"] for one in rows["resources"] if one["kind"] == "worker"] == ["ready"]

    for one in (worker, found["studio"][0]):
        os.kill(one["pid"], signal.SIGKILL)
    until(lambda: listed(audobon)["studio"][0]["state"] == "stopped")
    # Whoever looks after workers may have begun another by now.
    assert worker["pid"] not in [one["pid"] for one in listed(audobon)["workers"]]

    ended = audobon("services", "stop", "studio", "workers", "--json")
    validator("services-stop").validate(ended.data)
    assert all(one["stopped"] for one in ended.data["services"])
    assert listed(audobon)["workers"][0]["state"] == "stopped"


@pytest.mark.usefixtures("stopped_afterwards")
def test_the_monitor_is_ended_as_it_was_begun(audobon: Audobon) -> None:
    begun = audobon("services", "start", "monitor", "--json").data["services"][0]
    assert listed(audobon)["monitor"][0]["pid"] == begun["pids"][0]
    assert audobon("services", "start", "monitor").out.startswith("monitor runs already")
    assert audobon("services", "stop", "monitor").out.startswith("monitor ended")
    assert audobon("services", "stop", "monitor", "studio").out == "None of them runs.\n"


@pytest.fixture
def short_runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A runtime folder whose path is short enough for a socket."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        monkeypatch.setenv("XDG_RUNTIME_DIR", folder)
        yield


@pytest.mark.posix
@pytest.mark.usefixtures("short_runtime", "stopped_afterwards")
def test_the_warm_process_is_begun_as_it_is_kept_and_ended(audobon: Audobon) -> None:
    begun = audobon("services", "start", "warm", "--keep", "10m", "--json").data["services"][0]
    (warm,) = listed(audobon)["warm"]
    assert (warm["state"], warm["pid"]) == ("ready", begun["pids"][0])
    assert 300 < warm["metrics"]["seconds_left"] <= 600
    again = audobon("services", "start", "warm", "--json").data["services"][0]
    assert (again["ran_before"], again["pids"]) == (True, begun["pids"])
    assert 'audobon_service_processes{service="warm"} 1' in audobon("metrics").out
    assert audobon("services", "stop", "warm").out == f"warm ended (pid {begun['pids'][0]})\n"
    assert listed(audobon)["warm"][0]["state"] == "stopped"


@pytest.mark.loopback
@pytest.mark.usefixtures("stopped_afterwards")
def test_a_service_that_cannot_be_begun_says_why(audobon: Audobon) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ran = audobon("services", "start", "studio", "--port", port, "--json")
    error = ran.json["error"]
    assert (ran.status, error["code"]) == (28, "service.failed")
    assert f"Port {port} cannot be listened on" in error["message"]
    assert ran.data == {"services": []}


@pytest.mark.posix
def test_a_socket_that_would_have_too_long_a_path_is_told(
    audobon: Audobon, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / ("long" * 30)
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    error = audobon("services", "start", "warm", "--json").json["error"]
    assert error["code"] == "service.failed"
    assert f"the path {folder}/audobon/warm-" in error["message"]
    assert "XDG_RUNTIME_DIR" in error["hint"]
    (check,) = [one for one in audobon("doctor", "--json").data["checks"] if one["name"] == "warm"]
    assert (check["verdict"], check["remedy"]) == ("warning", error["hint"])


def test_resources_say_what_is_short(audobon: Audobon, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUDOBON_MONITOR_DISK_FLOOR", "900TB")
    rows = {one["name"]: one for one in audobon("resources", "--json").data["resources"]}
    assert rows["disk"]["state"] == "unavailable"
    assert rows["processor"]["busy_percent"] is not None
    assert rows["memory"]["used_bytes"] < rows["memory"]["total_bytes"]
    assert rows["sprite"]["state"] == "ready"
