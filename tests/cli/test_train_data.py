"""``audobon train data check`` at the command line."""

import json
from pathlib import Path

import pytest
from bench.judged_sprites import members
from PIL import Image

from tests.conftest import Audobon


@pytest.fixture
def art(tmp_path: Path, audobon: Audobon) -> Audobon:
    """The folder ``art`` with twelve drawings."""
    Path("art").mkdir()
    for number, (_, pixels) in enumerate(members("inked", 12, 0)):
        Image.fromarray(pixels).save(f"art/drawing_{'abcdefghijkl'[number]}.png")
    return audobon


def test_statuses_report_and_data(art: Audobon) -> None:
    ran = art(
        "train", "data", "check", "art", "--trigger", "zorv", "--fail", "--report", "set.html", "--json"
    )
    assert ran.status == 0, ran.err
    data = json.loads(ran.out.splitlines()[-1])["data"]
    assert data["verdict"] == "fit"
    assert len(data["pictures"]) == 12
    assert sum(one["held_out"] for one in data["pictures"]) == 2
    assert {one["caption"] for one in data["pictures"]} >= {"zorv, drawing a", "zorv, drawing l"}
    page = Path("set.html").read_text(encoding="utf-8")
    assert page.count("<img") == 12
    assert "zorv, drawing a" in page
    art("assets", "import", "art", "--tag", "hero")
    again = art("train", "data", "check", "tag:hero", "--trigger", "zorv", "--json")
    assert json.loads(again.out.splitlines()[-1])["data"]["digest"] == data["digest"]

    assert art("train", "data", "check", "art", "--trigger", "hero").status == 0
    strict = art("train", "data", "check", "art", "--trigger", "hero", "--strict")
    assert strict.status == 3
    assert "trigger.common" not in strict.out
    assert "'hero' is a word that models know" in strict.out
    Path("art/drawing_a.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    failed = art("train", "data", "check", "art", "--trigger", "zorv", "--fail", "--json")
    assert failed.status == 3
    said = json.loads(failed.out.splitlines()[-1])
    assert said["error"]["code"] == "training.set_unfit"
    assert said["data"]["verdict"] == "refused"
    assert said["data"]["passed_over"][0]["name"] == "drawing_a"


def test_bad_input(art: Audobon) -> None:
    for arguments, status, words in (
        (("tag:nothing",), 11, "No asset is found"),
        (("art", "some-asset"), 2, "an asset"),
        (("art", "--caption", "{size}"), 2, "unknown field {size}"),
        (("art", "--model", "nothing"), 13, "nothing"),
        (("art", "--caption-with", "sprite"), 2, "writes no captions"),
    ):
        ran = art("train", "data", "check", *arguments)
        assert (ran.status, words in ran.err) == (status, True), ran.err
