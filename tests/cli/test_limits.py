"""Limits of the settings ``resources.*``: memory by forecast and by the system, and what the library may take."""

import subprocess
import sys
from pathlib import Path

import pytest

from audobon_cli.settings.settings import load_settings
from audobon_cli.storage.child_environment import child_environment
from tests.conftest import Audobon

GREEDY = """
import os, pathlib
from audobon_cli.storage.system_limits import explain
from audobon_cli.workspace import Workspace

here = Workspace(pathlib.Path.cwd(), os.environ)
assert here.limits.memory_bytes == 2**30
try:
    bytearray(2 * 2**30)
except MemoryError as error:
    print(explain(error).message)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not enforce it")
def test_the_system_holds_a_process_to_the_limit(tmp_path: Path) -> None:
    limited = child_environment({"AUDOBON_RESOURCES_MAX_MEMORY": "1GB"})
    ran = subprocess.run(
        [sys.executable, "-c", GREEDY], env=limited, cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert ran.stdout == "The program needs more memory than the 1.0 GiB that it is held to.\n"


def test_what_does_not_fit_is_refused_before_anything_is_loaded(
    audobon: Audobon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("audobon_cli.settings.limits.hold_memory", lambda limits: None)
    monkeypatch.setenv("AUDOBON_RESOURCES_MAX_MEMORY", "2GB")
    monkeypatch.setenv("AUDOBON_DEVICE", "cpu")
    refused = audobon("generate", "wizard", "--model", "sdxl", "--plan", "--json")
    assert (refused.status, refused.json["error"]["code"]) == (30, "memory.plan")
    assert "held to 2.0 GiB by resources.max_memory" in refused.json["error"]["message"]
    fitting = audobon("generate", "wizard", "--strength", "1", "--plan", "--json").data["plan"]
    assert fitting["requests"][0]["fits"]
    assert fitting["budget_bytes"] < 2 * 2**30


@pytest.mark.parametrize("amount", ["much", "100MB", "0GB"])
def test_what_is_no_limit_is_told(audobon: Audobon, monkeypatch: pytest.MonkeyPatch, amount: str) -> None:
    monkeypatch.setenv("AUDOBON_RESOURCES_MAX_MEMORY", amount)
    refused = audobon("assets", "list", "--json")
    assert (refused.status, refused.json["error"]["code"]) == (2, "usage.setting")
    assert audobon("config", "show").status == 0


@pytest.mark.usefixtures("fake_engine")
def test_a_library_is_warned_of_and_then_refused(audobon: Audobon, monkeypatch: pytest.MonkeyPatch) -> None:
    first = audobon("generate", "oak", "--json").data["assets"][0]["size_bytes"]
    room = 16 * 2**10  # what a picture of 64x64 may take at most
    monkeypatch.setenv("AUDOBON_RESOURCES_MAX_DISK", f"{(first + room + 1024) / 2**20:.6f}MB")
    monkeypatch.setattr("audobon_cli.library.store.quota.NEARLY", 0.01)
    warned = audobon("generate", "pine")
    assert warned.status == 0
    assert "`audobon assets clean`" in warned.err
    refused = audobon("generate", "elm", "ash", "--json")
    assert (refused.status, refused.json["error"]["code"]) == (31, "library.full")
    assert audobon("assets", "list", "--json").data["total"] == 2
    assert audobon("generate", "oak", "--plan", "--json").data["plan"]["library"]["fits"] is False
    checks = {one["name"]: one for one in audobon("doctor", "--json").data["checks"]}
    assert checks["disk"]["verdict"] == "warning"


def test_files_that_do_not_fit_are_not_imported(
    audobon: Audobon, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from PIL import Image

    Image.effect_noise((64, 64), 90).save(tmp_path / "noise.png")
    monkeypatch.setenv("AUDOBON_RESOURCES_MAX_DISK", "0.001MB")
    refused = audobon("assets", "import", str(tmp_path / "noise.png"), "--json")
    assert "max_disk" in refused.err + refused.out
    assert audobon("assets", "list", "--json").data["total"] == 0


def test_a_project_only_lowers_limits(tmp_path: Path) -> None:
    user, project = tmp_path / "settings.toml", tmp_path / "audobon.toml"
    user.write_text('[resources]\nmax_disk = "5GB"\nmax_memory = "4GB"\n', encoding="utf-8")
    project.write_text('[resources]\nmax_disk = "900MB"\nmax_memory = ""\n', encoding="utf-8")
    values = load_settings(user, project, {}).values
    assert (values.resources_max_disk, values.resources_max_memory) == ("900MB", "4GB")
