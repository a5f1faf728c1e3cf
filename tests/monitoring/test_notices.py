"""The end of long and of detached runs is told, without prompts, and never in continuous integration."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from audobon_cli.domain.errors.exit_status import ExitStatus
from audobon_cli.monitoring.notices import EndedRun, tell_end
from audobon_cli.settings.settings import Settings, load_settings
from tests.conftest import Audobon
from tests.fakes.fake_engine import FakeEngine

RUN = EndedRun("generate", "3f9a", 0, "", 75.0)


@pytest.fixture
def told(tmp_path: Path) -> Path:
    """What the program that is run gets is kept here."""
    return tmp_path / "told.json"


@pytest.fixture
def command(told: Path) -> str:
    """A program that keeps what it gets."""
    script = told.with_name("keep.py")
    script.write_text(f"import sys; open({str(told)!r}, 'w').write(sys.stdin.read())")
    return f"{sys.executable} {script}"


@pytest.mark.parametrize(
    ("ended", "after", "variables", "is_told"),
    [
        (RUN, "60s", {}, True),
        (RUN, "2m", {}, False),
        (RUN, "", {}, False),
        (RUN, "60s", {"CI": "true"}, False),
        (replace(RUN, seconds=1.0, is_detached=True), "60s", {}, True),
        (replace(RUN, status=ExitStatus.INTERRUPTED), "60s", {}, False),
    ],
)
def test_who_is_told_of_what(
    ended: EndedRun, after: str, variables: dict[str, str], is_told: bool, told: Path, command: str
) -> None:
    assert tell_end(ended, Settings(notify_after=after, alert_command=command), variables) == ()
    assert told.exists() == is_told


def test_what_cannot_be_told_is_said() -> None:
    assert "alert_webhook" in tell_end(RUN, Settings(notify_after="60s"), {})[0]
    assert "no duration" in tell_end(RUN, Settings(notify_after="soon"), {})[0]
    assert tell_end(RUN, Settings(notify_after="0", alert_command="false"), {}) == (
        "alert_command: CalledProcessError",
    )


def test_a_project_cannot_set_it(tmp_path: Path) -> None:
    project = tmp_path / "audobon.toml"
    project.write_text('[notify]\nafter = "0s"\n')
    assert load_settings(tmp_path / "none.toml", project, {}).values.notify_after == ""


def test_a_command_tells_of_its_end_and_not_of_its_prompt(
    audobon: Audobon, fake_engine: FakeEngine, told: Path, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("AUDOBON_NOTIFY_AFTER", "0s")
    monkeypatch.setenv("AUDOBON_ALERT_COMMAND", command)
    assert audobon("generate", "a hidden dragon").status == 0
    notice = json.loads(told.read_text())
    assert (notice["event"], notice["command"], notice["status"]) == ("run_ended", "generate", 0)
    assert "dragon" not in told.read_text()
    assert audobon("assets", "show", "nothing-such").status == 11
    assert json.loads(told.read_text())["code"] == "asset.not_found"
