"""The update notice, against an index of our own that speaks the simple API as JSON over a real socket."""

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from audobon_cli.__about__ import __version__
from audobon_cli.doctor import updates
from audobon_cli.doctor.updates import SIMPLE_JSON, UpdateQuery
from tests.conftest import Audobon
from tests.doubles.service import Asked, Fault, Reply, ServiceDouble
from tests.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.loopback
SHIPPED = updates.WAIT_SECONDS


def wheel(version: str, **more: Any) -> dict[str, Any]:
    return {
        "filename": f"audobon_cli-{version}-py3-none-any.whl",
        "url": "https://a.test",
        "hashes": {},
        **more,
    }


class IndexDouble(ServiceDouble):
    """A simple index with one project, whose ``files`` a test sets."""

    def __init__(self) -> None:
        super().__init__()
        self.files: list[dict[str, Any]] = [wheel(__version__)]

    def phase_of(self, asked: Asked) -> str:
        return "list"

    def refused(self, status: int, asked: Asked) -> Reply:
        return Reply(status, b"<h1>no</h1>", "text/html")

    def answer(self, asked: Asked) -> Reply:
        assert asked.path == "/simple/audobon-cli/"
        assert asked.headers["Accept"] == SIMPLE_JSON
        listed = {"meta": {"api-version": "1.4"}, "name": "audobon-cli", "files": self.files}
        return Reply(200, json.dumps(listed).encode(), SIMPLE_JSON)


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """What answers may take its time, as on a busy machine."""
    monkeypatch.setattr(updates, "WAIT_SECONDS", PATIENCE_SECONDS)


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> Iterator[IndexDouble]:
    with IndexDouble() as started:
        monkeypatch.setenv("AUDOBON_UPDATE_CHECK", "true")
        monkeypatch.setenv("AUDOBON_UPDATE_INDEX", f"{started.address}/simple/")
        yield started


def update_of(audobon: Audobon, *options: str) -> dict[str, str]:
    checks = audobon("doctor", "--json", *options).data["checks"]
    found: dict[str, str] = next(one for one in checks if one["name"] == "update")
    return found


def test_doctor_tells_of_a_newer_version_and_how_to_get_it(audobon: Audobon, index: IndexDouble) -> None:
    assert audobon("init").status == 0
    assert update_of(audobon)["message"] == f"{__version__} is the newest version"
    index.files += [wheel("99.1"), wheel("99.0")]
    ran = audobon("doctor")
    assert ran.status == 0
    assert f"99.1 is out; this is {__version__}" in ran.out
    assert "pip install --upgrade audobon-cli" in ran.out


def test_offline_and_update_check_off_ask_nobody(
    audobon: Audobon, index: IndexDouble, isolation: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert audobon("init").status == 0
    assert update_of(audobon, "--offline")["verdict"] == "ok"
    monkeypatch.delenv("AUDOBON_UPDATE_CHECK")
    (isolation / "audobon.toml").write_text("[update]\ncheck = false\nindex = 'http://elsewhere.test'\n")
    assert "update.check" in update_of(audobon)["message"]
    assert not index.log
    (isolation / "audobon.toml").write_text("[update]\nindex = 'http://elsewhere.test'\n")
    update_of(audobon)
    assert len(index.log) == 1  # a project does not say who is asked


@pytest.mark.parametrize(
    ("file", "newer"),
    [
        (wheel("99.0", yanked="broken"), ""),
        (wheel("99.0", **{"requires-python": ">=99"}), ""),
        (wheel("99.0rc1"), ""),
        ({"filename": "audobon_cli-99.0.tar.gz"}, "99.0"),
        ({"filename": "audobon_cli-odd.whl"}, ""),
        (wheel("99.0", **{"requires-python": "odd"}), ""),
    ],
)
def test_only_what_can_be_installed_counts(index: IndexDouble, file: dict[str, Any], newer: str) -> None:
    index.files = [file]
    assert UpdateQuery(f"{index.address}/simple").notice().newer == newer


def test_those_on_a_release_candidate_hear_of_the_next(index: IndexDouble) -> None:
    index.files = [wheel("2.0rc1"), wheel("2.0rc2")]
    assert UpdateQuery(f"{index.address}/simple", "2.0rc1").notice().newer == "2.0rc2"


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault("status", "list", status=404), "gave no list of versions"),
        (Fault("reset", "list"), "broke off"),
        (Fault("cut", "list"), "127.0.0.1"),
        (Fault("change", "list", change=lambda reply: Reply(200, b"[]")), "gave no list of versions"),
        (Fault("change", "list", change=lambda reply: Reply(200, b"<html>")), "gave no list of versions"),
    ],
)
def test_a_broken_index_is_told_and_fails_nothing(index: IndexDouble, fault: Fault, words: str) -> None:
    index.faults = [fault]
    notice = UpdateQuery(f"{index.address}/simple").notice()
    assert notice.message.startswith("not known whether there is a newer version: ")
    assert words in notice.message


def test_a_silent_index_is_left_after_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(updates, "WAIT_SECONDS", SHIPPED)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        begun = time.monotonic()
        query = UpdateQuery(f"http://127.0.0.1:{silent.getsockname()[1]}/simple")
        assert query.notice().newer == ""
        assert time.monotonic() - begun < 45  # a minute, if it were waited for
        query._thread.join()


def test_a_trickling_index_is_left_after_a_second(
    index: IndexDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each byte comes within requests' time-out, all of them after a minute."""
    monkeypatch.setattr(updates, "WAIT_SECONDS", SHIPPED)
    index.faults = [Fault("trickle", "list")]
    begun = time.monotonic()
    assert "took too long" in UpdateQuery(f"{index.address}/simple").notice().message
    assert time.monotonic() - begun < 45  # a minute, if it were waited for
