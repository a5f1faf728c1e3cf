"""The package under examples/, installed as a user installs it, and used by commands."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Audobon

EXAMPLE = Path(__file__).parents[2] / "examples" / "plugin-pixelate"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the package, installed without a network and without what it depends on."""
    folder = tmp_path_factory.mktemp("site")
    options = ("--no-deps", "--no-build-isolation", "--no-index", "--no-cache-dir", "--quiet")
    command = [sys.executable, "-m", "pip", "install", *options, "--target", str(folder), str(EXAMPLE)]
    subprocess.run(command, check=True, env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"})
    return folder


@pytest.fixture(autouse=True)
def importable(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(site))


def test_it_keeps_all_that_plugins_promise(audobon: Audobon) -> None:
    listed = audobon("plugins", "list", "--json").data["plugins"]
    assert {(one["kind"], one["name"], one["state"]) for one in listed} == {
        ("engines", "patchwork", "on"),
        ("metrics", "uneven", "on"),
        ("operations", "mosaic", "on"),
        ("presets", "patchwork", "on"),
    }
    ran = audobon("plugins", "check", "audobon-pixelate", "--json")
    assert ran.status == 0, ran.out
    assert all(len(one["clauses"]) > 1 for one in ran.data["plugins"])


def test_what_it_made_names_it_and_is_made_again(
    audobon: Audobon, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = audobon(
        "generate", "quilt", "--model", "patchwork", "--seed", "3", "--out", "quilt.png", "--json"
    )
    assert drawn.status == 0, drawn.err
    assert audobon("sprite", "apply", "mosaic", "quilt", "--set", "cells=16", "--name", "squares").status == 0
    shown = {name: audobon("assets", "show", name, "--json").data["asset"] for name in ("quilt", "squares")}
    assert shown["quilt"]["recipe"]["libraries"]["audobon-pixelate"] == "1.0.0"
    assert shown["squares"]["derivation"]["libraries"]["audobon-pixelate"] == "1.0.0"
    scored = audobon("quality", "score", "quilt", "--metric", "uneven", "--json").data["pictures"][0]
    assert "uneven" in {one["fault"] for one in scored["faults"]}
    again = audobon("reproduce", "quilt", "squares", "--json").data["assets"]
    assert [one["status"] for one in again] == ["identical", "identical"]

    monkeypatch.setattr(sys, "path", [one for one in sys.path if one != str(site)])  # the package is gone
    ran = audobon("reproduce", "quilt", "squares", "--json")
    assert ran.status == 3
    reasons = [one["reason"] for one in ran.json["data"]["assets"]]
    assert all("made with audobon-pixelate 1.0.0, which is not installed" in reason for reason in reasons), (
        reasons
    )
