"""Telemetry by OTLP, received by a receiver that others wrote; never sent unasked, never waited for long."""

import importlib.util
import itertools
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from audobon_cli.operations.telemetry import export, target
from audobon_cli.operations.telemetry.export import TelemetryExport
from audobon_cli.operations.telemetry.standing import LONGEST_PAUSE_SECONDS, CollectorStanding
from audobon_cli.operations.telemetry.target import INSTALL, telemetry_target
from audobon_cli.settings.locations import user_locations
from tests.conftest import Audobon
from tests.fakes.fake_engine import FakeEngine
from tests.ports import free_port
from tests.waiting import PATIENCE_SECONDS, until

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
SENDS = pytest.mark.skipif(not target.is_installed(), reason="the extra otel is not installed")
RECEIVES = pytest.mark.skipif(importlib.util.find_spec("oteltap") is None, reason="oteltap is not installed")
ATTEMPT_SECONDS = 240
"""What one attempt to reach a collector may take in tests, so that who waits for one cannot be overlooked ..."""
MOST_SECONDS = 60.0
"""... and far more than an end takes on a busy machine that waits for none."""


@dataclass
class Tap:
    """What oteltap received: one message a line."""

    address: str
    lines: list[dict[str, Any]] = field(default_factory=list)

    def spans(self) -> list[dict[str, Any]]:
        return [line for line in self.lines if "spanId" in line and "startTimeUnixNano" in line]

    def logs(self) -> list[dict[str, Any]]:
        return [line for line in self.lines if "severityText" in line]

    def metrics(self) -> dict[str, Any]:
        """The last of each name."""
        return {line["name"]: line for line in self.lines if "sum" in line or "gauge" in line}

    def wait_for_runs(self, count: int) -> None:
        """Until the spans, the last record and the counts of so many runs are here."""

        def arrived() -> tuple[int, int, int]:
            lines = list(self.lines)
            ended = sum(line.get("eventName") == "audobon.run_ended" for line in lines)
            counted = sum(line.get("name") == "audobon_runs_total" for line in lines)
            spans = [line for line in lines if "spanId" in line and "startTimeUnixNano" in line]
            return ended, counted, sum(not span["parentSpanId"] for span in spans)

        until(lambda: min(arrived()) >= count)


@pytest.fixture(scope="module")
def receiver() -> Iterator[Tap]:
    tap = Tap(f"http://127.0.0.1:{(port := free_port())}")
    command = [sys.executable, "-u", "-m", "oteltap", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        assert "Listening" in process.stdout.readline()

        def read() -> None:
            assert process.stdout is not None
            for line in process.stdout:
                if line.startswith("{"):
                    tap.lines.append(json.loads(line))

        reader = Thread(target=read, daemon=True)
        reader.start()
        yield tap
        process.terminate()
        reader.join(PATIENCE_SECONDS)


@pytest.fixture
def tap(receiver: Tap, monkeypatch: pytest.MonkeyPatch) -> Tap:
    """The receiver, which may take its time: what is not sent when a run ends is lost."""
    monkeypatch.setattr(export, "CLOSE_SECONDS", PATIENCE_SECONDS)
    receiver.lines.clear()
    return receiver


def attributes(message: dict[str, Any]) -> dict[str, Any]:
    return {one["key"]: next(iter(one["value"].values())) for one in message["attributes"]}


def points(metric: dict[str, Any]) -> dict[str, float]:
    """Values by labels, written as Prometheus writes them."""
    found = {}
    for point in (metric.get("sum") or metric.get("gauge"))["dataPoints"]:
        labels = ",".join(f'{key}="{value}"' for key, value in attributes(point).items())
        found[f"{metric['name']}{{{labels}}}" if labels else metric["name"]] = point["asDouble"]
    return found


@pytest.mark.peer
@pytest.mark.loopback
@SENDS
@RECEIVES
def test_a_run_is_received_as_spans_logs_and_the_metrics_that_prometheus_gets(
    audobon: Audobon, fake_engine: FakeEngine, tap: Tap, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ENDPOINT, tap.address)
    assert audobon("generate", "secret wyrm", "--count", "2", "--seed", "1").status == 0
    tap.wait_for_runs(1)
    monkeypatch.delenv(ENDPOINT)
    text = audobon("metrics").out

    spans = {span["spanId"]: span for span in tap.spans()}
    (root,) = [span for span in spans.values() if not span["parentSpanId"]]
    assert root["name"] == "generate"
    assert {span["traceId"] for span in spans.values()} == {root["traceId"]}
    tree = {
        (span["name"], spans[span["parentSpanId"]]["name"]) for span in spans.values() if span is not root
    }
    assert tree == {
        ("asset", "generate"),
        *((stage, "asset") for stage in ("draw", "check", "encode", "file", "write")),
    }
    for span in spans.values():
        parent = spans.get(span["parentSpanId"], span)
        assert int(parent["startTimeUnixNano"]) <= int(span["startTimeUnixNano"])
        assert (
            int(span["startTimeUnixNano"]) <= int(span["endTimeUnixNano"]) <= int(parent["endTimeUnixNano"])
        )
    assert [attributes(span)["audobon.index"] for span in spans.values() if span["name"] == "asset"] == [
        "0",
        "1",
    ]

    events = [record["eventName"] for record in tap.logs()]
    assert events.count("audobon.image_filed") == 2
    assert {record["spanId"] for record in tap.logs()} == {root["spanId"]}
    assert {attributes(record)["audobon.run"] for record in tap.logs()} == {attributes(root)["audobon.run"]}

    received = {key: value for metric in tap.metrics().values() for key, value in points(metric).items()}
    printed = dict(re.findall(r"^(audobon_\w+(?:\{.*\})?) (\S+)$", text, re.MULTILINE))
    assert received['audobon_assets_made_total{medium="image",model="sprite",provider="local"}'] == 2
    assert set(received) <= set(printed)
    for key, value in received.items():
        assert value == pytest.approx(float(printed[key]))
    assert all(one["sum"]["aggregationTemporality"] == 1 for one in tap.metrics().values() if "sum" in one)
    assert not re.search("secret|wyrm|/project", json.dumps(tap.lines))


@pytest.mark.peer
@pytest.mark.loopback
@SENDS
@RECEIVES
def test_a_failure_and_a_job_are_told_as_such_and_the_setting_does_it_too(
    audobon: Audobon, fake_engine: FakeEngine, tap: Tap
) -> None:
    assert audobon("config", "set", "otel.endpoint", tap.address).status == 0
    assert audobon("init").status == 0
    assert audobon("assets", "show", "nothing").status != 0
    assert audobon("queue", "add", "cat").status == 0
    assert audobon("queue", "run").status == 0
    tap.wait_for_runs(4)
    roots = {span["name"]: span for span in tap.spans() if not span["parentSpanId"]}
    failed = roots["assets show"]
    assert failed["status"]["code"] == 2
    assert attributes(failed)["error.type"] == "asset.not_found"
    job, worker = roots["job"], roots["queue run"]
    assert job["traceId"] != worker["traceId"]
    assert [link["spanId"] for link in job["links"]] == [worker["spanId"]]
    assert "asset" in {span["name"] for span in tap.spans() if span["parentSpanId"] == job["spanId"]}


@pytest.mark.peer
@pytest.mark.loopback
@SENDS
@RECEIVES
def test_only_the_signals_asked_for_and_prompts_where_the_log_keeps_them(
    audobon: Audobon, fake_engine: FakeEngine, tap: Tap, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", f"{tap.address}/v1/logs")
    audobon("config", "set", "log.prompts", "true")
    assert audobon("generate", "moss", "--library-only").status == 0
    until(lambda: any(record["eventName"] == "audobon.image_filed" for record in tap.logs()))
    assert '"moss"' in json.dumps(tap.lines)
    assert not tap.spans()
    assert not tap.metrics()


@pytest.mark.loopback
@SENDS
@pytest.mark.parametrize("collector", ["nobody", "silent"])
def test_a_dead_collector_holds_up_no_end(
    audobon: Audobon, fake_engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, collector: str
) -> None:
    took: list[float] = []
    close = TelemetryExport.close

    def timed(self: TelemetryExport) -> str:
        began = time.monotonic()
        try:
            return close(self)
        finally:
            took.append(time.monotonic() - began)

    monkeypatch.setattr(TelemetryExport, "close", timed)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", str(ATTEMPT_SECONDS))
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes connections, and never answers
        port = silent.getsockname()[1] if collector == "silent" else free_port()
        monkeypatch.setenv(ENDPOINT, f"http://127.0.0.1:{port}")
        ran = audobon("generate", "cat", "--library-only")
    assert len(took) == 1
    assert took[0] < MOST_SECONDS
    assert ran.status == 0
    assert ran.err == ""
    monkeypatch.delenv(ENDPOINT)
    log = Path(audobon("config", "path", "log").out.strip()).read_text(encoding="utf-8")
    (said,) = [line for line in map(json.loads, log.splitlines()) if line["event"] == "telemetry_unsent"]
    assert said["level"] == "WARNING"


@pytest.mark.loopback
@SENDS
def test_a_dead_collector_is_asked_once_a_pause(audobon: Audobon) -> None:
    """In processes of their own: what an SDK that is left alone has open ends with them."""
    file = user_locations().collector

    def failed(seconds_ago: float) -> None:
        file.write_text(json.dumps({**json.loads(file.read_text()), "failed": time.time() - seconds_ago}))

    def data_of(port: int, *words: str) -> dict[str, Any]:
        variables = {ENDPOINT: f"http://127.0.0.1:{port}"}
        command = [sys.executable, "-m", "audobon_cli", *words, "--json"]
        ran = subprocess.run(
            command, env=_with(variables), capture_output=True, text=True, timeout=PATIENCE_SECONDS
        )
        data: dict[str, Any] = json.loads(ran.stdout)["data"]
        return data

    def collector(port: int) -> dict[str, Any]:
        services = data_of(port, "services", "list")["services"]
        found: dict[str, Any] = next(one for one in services if one["kind"] == "collector")
        return found

    audobon("init")
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes connections, and never answers
        port = silent.getsockname()[1]
        silent.setblocking(False)
        data_of(port, "assets", "list")
        assert _connections(silent) > 0
        failed(0)  # and so again below: what comes between may take longer than the pause
        data_of(port, "assets", "list")
        assert _connections(silent) == 0
        failed(0)
        found = collector(port)
        assert (found["state"], found["metrics"]["failures_in_a_row"]) == ("left-alone", 1)
        failed(0)
        checks = {one["name"]: one for one in data_of(port, "doctor")["checks"]}
        assert "did not answer 1 time in a row; it is left alone" in checks["telemetry"]["message"]
        assert _connections(silent) == 0
        # The pause is over: the next command tries it, and pays.
        failed(61)
        assert collector(port)["state"] == "left-alone"  # by this very command
        assert _connections(silent) > 0
        failed(0)
        assert collector(port)["metrics"]["failures_in_a_row"] == 2
        assert _connections(silent) == 0
    # Another address is another collector.
    with socket.create_server(("127.0.0.1", 0)) as other:
        other.setblocking(False)
        data_of(other.getsockname()[1], "assets", "list")
        assert _connections(other) > 0


def _connections(server: socket.socket) -> int:
    """How many came since the last look."""
    for count in itertools.count():
        try:
            server.accept()[0].close()
        except BlockingIOError:
            return count
    raise AssertionError("counting has ended")


def test_what_is_remembered_of_a_collector(tmp_path: Path) -> None:
    file, clock = tmp_path / "data" / "collector.json", [1000.0]
    standing = CollectorStanding(file, "one", lambda: clock[0])
    standing.note(True)
    assert not file.exists()  # the usual case writes nothing
    pauses = []
    for _ in range(9):
        standing.note(False)
        pauses.append(standing.seconds_left)
        assert not standing.admits()
        clock[0] += standing.seconds_left
        assert standing.admits()
        assert not standing.admits()  # the next waits for what the first one finds
        clock[0] += 1
    assert pauses == [60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]
    clock[0] -= 10**6  # a clock that was set back
    assert standing.seconds_left <= LONGEST_PAUSE_SECONDS
    assert CollectorStanding(file, "two").admits()
    standing.note(True)
    assert standing.admits()
    for damage in (b"{", b"[]", b'{"collector": "one", "failures": 1e999}', b'{"collector": "one"}'):
        file.write_bytes(damage)
        assert standing.admits()


@pytest.mark.loopback
@SENDS
def test_a_process_ends_though_its_telemetry_hangs() -> None:
    script = (
        "import sys, time; from audobon_cli.cli.main import run; "
        "run(['config', 'show']);"
        "print(time.time(), 'opentelemetry' in sys.modules, file=sys.stderr)"
    )
    with socket.create_server(("127.0.0.1", 0)) as silent:
        variables = {ENDPOINT: f"http://127.0.0.1:{silent.getsockname()[1]}"}
        variables["OTEL_EXPORTER_OTLP_TIMEOUT"] = str(ATTEMPT_SECONDS)
        command = [sys.executable, "-c", script]
        ran = subprocess.run(command, env=_with(variables), capture_output=True, text=True, check=True)
        ended = time.time()
    over, imported = ran.stderr.split()[-2:]
    assert imported == "True"
    assert ended - float(over) < MOST_SECONDS


def _with(variables: dict[str, str]) -> dict[str, str]:
    return {**os.environ, **variables}


@pytest.mark.parametrize("off", ["flag", "setting", "disabled", "none", "project"])
def test_what_turns_it_off_lets_no_socket_be_opened(
    audobon: Audobon, fake_engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, isolation: Path, off: str
) -> None:
    address = "http://127.0.0.1:9"  # the test fails on a connection: it has no marker loopback
    if off == "project":
        (isolation / "audobon.toml").write_text(f'[otel]\nendpoint = "{address}"\n', encoding="utf-8")
    else:
        monkeypatch.setenv(ENDPOINT, address)
    if off == "setting":
        audobon("config", "set", "offline", "true", "--offline")
    if off == "disabled":
        monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    if off == "none":
        for signal in ("TRACES", "METRICS", "LOGS"):
            monkeypatch.setenv(f"OTEL_{signal}_EXPORTER", "none")
    flags = ["--offline"] if off == "flag" else []
    assert audobon("generate", "cat", "--library-only", *flags).status == 0
    log = Path(audobon("config", "path", "log", "--offline").out.strip())
    assert "telemetry_unsent" not in log.read_text(encoding="utf-8")


def test_what_cannot_be_sent_is_told_and_costs_nothing(
    audobon: Audobon, fake_engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(target, "is_installed", lambda: False)
    monkeypatch.setenv(ENDPOINT, "http://127.0.0.1:9")
    assert audobon("generate", "cat", "--library-only").status == 0
    log = Path(audobon("config", "path", "log").out.strip())
    assert INSTALL in log.read_text(encoding="utf-8")
    checks = {one["name"]: one for one in audobon("doctor", "--json").data["checks"]}
    assert checks["telemetry"]["remedy"] == INSTALL


@pytest.mark.parametrize(
    ("setting", "variables", "endpoints", "unusable"),
    [
        ("", {}, None, ""),
        ("http://h:1/", {}, {"traces": "http://h:1/v1/traces"}, ""),
        ("http://h:1", {ENDPOINT: "http://other"}, {"traces": ""}, ""),
        ("", {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://other/x"}, {"traces": ""}, ""),
        ("http://h:1", {"OTEL_TRACES_EXPORTER": "console"}, {}, ""),
        ("h:1", {}, None, "otel.endpoint is no address"),
        ("", {ENDPOINT: "http://h", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, None, "the protocol grpc"),
    ],
)
def test_where_to(
    setting: str,
    variables: dict[str, str],
    endpoints: dict[str, str] | None,
    unusable: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(target, "is_installed", lambda: True)
    found = telemetry_target(setting, variables, False)
    if unusable:
        assert found is not None
        assert found.unusable.startswith(unusable)
        return
    traces = {key: value for key, value in found.endpoints.items() if key == "traces"} if found else None
    assert traces == endpoints
    assert telemetry_target(setting, variables, True) is None


def test_stages_are_documented() -> None:
    root = Path(__file__).parents[2]
    used = set()
    for file in (root / "src").rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        used |= set(re.findall(r'\bstage\(\s*"(\w+)"', text))
    used |= {"encode_prompt", "denoise", "decode"}
    documented = (root / "docs" / "operations.md").read_text(encoding="utf-8")
    assert {name for name in used if f"`{name}`" not in documented} == set()
