"""``assets protect`` and ``version protect`` at the command line."""

import pytest

from tests.conftest import Audobon

pytestmark = pytest.mark.usefixtures("fake_engine")


def test_protected_assets_are_told_with_the_way_out(audobon: Audobon) -> None:
    audobon("generate", "cute dragon", "iron sword", "--seed", "1", "--out", "art/")
    assert audobon("assets", "protect", "cute_dragon", "--json").data["changed"] == 1
    assert audobon("assets", "protect", "cute_dragon", "--json").data["changed"] == 0
    ran = audobon("assets", "trash", "cute_dragon", "iron_sword", "--json")
    assert (ran.status, ran.json["error"]["code"]) == (58, "asset.protected")
    asset = audobon("assets", "show", "cute_dragon", "--json").data["asset"]
    assert asset["protected"] is True
    assert ran.json["error"]["details"]["assets"] == [asset["id"]]
    assert audobon("assets", "trash", "--list", "--json").data["assets"] == []
    assert audobon("assets", "purge", "cute_dragon", "--yes").status == 11
    assert audobon("undo", "--yes").status == 0
    assert audobon("assets", "list", "--json").data["total"] == 2
    assert audobon("assets", "unprotect", "cute_dragon", "--json").data["changed"] == 0
    assert audobon("assets", "trash", "cute_dragon").status == 0


def test_protected_branches_are_told_with_the_way_out(audobon: Audobon) -> None:
    audobon("generate", "cute dragon", "--seed", "1", "--out", "art/")
    audobon("version", "commit", "-m", "one")
    audobon("version", "branch", "flat")
    ran = audobon("version", "protect", "flat", "--json")
    assert ran.data == {"branch": "flat", "protected": True, "changed": True}
    listed = audobon("version", "branch", "--json").data["branches"]
    assert {one["name"]: one["protected"] for one in listed} == {"flat": True, "main": False}
    ran = audobon("version", "branch", "flat", "--remove", "--force", "--json")
    assert (ran.status, ran.json["error"]["code"]) == (58, "version.protected")
    assert audobon("version", "protect", "nothing").status == 11
    audobon("version", "unprotect", "flat")
    assert audobon("version", "branch", "flat", "--remove").status == 0
