"""Alerts arrive over real sockets and in real programs; a way that fails stops nothing; projects set none."""

import json
import os
import sys
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from audobon_cli.monitoring.alerts import Alert, send_alert
from audobon_cli.monitoring.health import HealthFinding, HealthStatus
from audobon_cli.settings.settings import Settings, load_settings
from tests.doubles.local_server import LocalServer

ALERT = Alert(
    HealthFinding("disk", HealthStatus.FAILED, "2 MiB free", "audobon disk free"),
    "ok",
    "workshop",
    "2026-01-31T08:15:00.250Z",
)


class _Handler(BaseHTTPRequestHandler):
    receiver: "Receiver"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.receiver.got.append((self.path, dict(self.headers), body))
        status = {"/refused": 500, "/moved": 302}.get(self.path, 200)
        self.send_response(status)
        if status == 302:
            self.send_header("Location", f"{self.receiver.address}/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


class Receiver(LocalServer):
    def __init__(self) -> None:
        super().__init__(_Handler, "receiver")
        self.got: list[tuple[str, dict[str, str], bytes]] = []


@pytest.mark.loopback
def test_a_webhook_gets_json_and_an_ntfy_topic_words() -> None:
    with Receiver() as receiver:
        settings = Settings(alert_webhook=f"{receiver.address}/hook", alert_ntfy=f"{receiver.address}/topic")
        assert send_alert(ALERT, settings) == ()
    (hook, topic) = receiver.got
    assert json.loads(hook[2]) == {
        "event": "health_changed",
        "subject": "disk",
        "status": "failed",
        "message": "2 MiB free",
        "remedy": "audobon disk free",
        "was": "ok",
        "host": "workshop",
        "time": "2026-01-31T08:15:00.250Z",
    }
    assert topic[2] == b"disk failed: 2 MiB free (audobon disk free)"
    assert (topic[1]["Title"], topic[1]["Priority"]) == ("Audobon on workshop", "high")


@pytest.mark.loopback
def test_ways_that_fail_are_named_and_the_others_go_on(tmp_path: Path) -> None:
    with Receiver() as receiver:
        problems = send_alert(
            ALERT,
            Settings(
                alert_webhook=f"{receiver.address}/moved",
                alert_ntfy=f"{receiver.address}/refused",
                alert_command=str(tmp_path / "no program"),
            ),
        )
    assert [problem.partition(":")[0] for problem in problems] == [
        "alert_webhook",
        "alert_ntfy",
        "alert_command",
    ]
    assert [path for path, _, _ in receiver.got] == ["/moved", "/refused"]  # a redirect is not followed


@pytest.mark.posix
def test_a_program_gets_the_alert_on_stdin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    got = tmp_path / "got it.json"
    script = tmp_path / "tell.py"
    script.write_text(
        "import os, pathlib, sys\n"
        f"pathlib.Path({str(got)!r}).write_bytes(sys.stdin.buffer.read())\n"
        "sys.exit(3 if 'GIT_DIR' in os.environ else 0)\n"
    )
    monkeypatch.setenv("GIT_DIR", "/elsewhere")
    assert send_alert(ALERT, Settings(alert_command=f"{sys.executable} '{script}'")) == ()
    assert json.loads(got.read_bytes())["subject"] == "disk"
    script.write_text("raise SystemExit(4)")
    assert send_alert(ALERT, Settings(alert_command=f"{sys.executable} '{script}'")) == (
        "alert_command: CalledProcessError",
    )


def test_offline_opens_no_connection() -> None:
    settings = Settings(offline=True, alert_webhook="http://127.0.0.1:9/hook")
    assert send_alert(ALERT, settings) == ("alert_webhook: not told, as `offline` is set",)


def test_a_desktop_without_notices_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert send_alert(ALERT, Settings(alert_desktop=True)) == ("alert_desktop: FileNotFoundError",)


def test_a_project_sets_no_programs_and_no_addresses(tmp_path: Path) -> None:
    project = tmp_path / "audobon.toml"
    project.write_text(
        'log_prompts = true\n[alert]\ncommand = "rm -rf ."\nwebhook = "http://evil.example"\nntfy = "http://evil.example"\n'
        "[monitor]\nmax_attempts = 7\n"
    )
    values = load_settings(tmp_path / "none.toml", project, os.environ).values
    assert (values.alert_command, values.alert_webhook, values.alert_ntfy) == ("", "", "")
    assert not values.log_prompts
    assert values.monitor_max_attempts == 7
