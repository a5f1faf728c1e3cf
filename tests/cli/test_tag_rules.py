"""``assets rules`` at the command line."""

import pytest

from tests.conftest import Audobon

pytestmark = pytest.mark.usefixtures("fake_engine")


def test_rules_tag_what_is_generated_and_what_is_there(audobon: Audobon) -> None:
    audobon("generate", "cute dragon", "--seed", "1", "--out", "art/")
    ran = audobon("assets", "rules", "add", "dragon", "--tag", "boss", "--json")
    rule = ran.data["rule"]
    assert (ran.status, rule["tag"], rule["query"], rule["takes"]) == (0, "boss", "dragon", False)
    made = audobon("generate", "red dragon", "--seed", "1", "--out", "art/")
    assert "By tag rules: +boss 1." in made.err
    listed = audobon("assets", "rules", "list", "--json").data["rules"]
    assert listed == [rule]
    tried = audobon("assets", "rules", "run", "--dry-run", "--json").data
    assert [(one["name"], one["changes"]) for one in tried["assets"]] == [("cute_dragon", ["+boss"])]
    assert audobon("assets", "list", "tag:boss", "--json").data["total"] == 1
    assert audobon("assets", "rules", "run", "--json").data["counts"] == {rule["id"]: 1}
    assert audobon("assets", "list", "tag:boss", "--json").data["total"] == 2
    assert audobon("undo", "--yes").status == 0
    assert audobon("assets", "list", "tag:boss", "--json").data["total"] == 1
    assert audobon("assets", "rules", "remove", rule["id"]).status == 0
    assert audobon("assets", "rules", "remove", rule["id"]).status == 11


def test_what_is_no_rule_is_refused(audobon: Audobon) -> None:
    for words in (("dragon",), ("dragon", "--tag", "a", "--untag", "b"), ("raing:3", "--tag", "a")):
        assert audobon("assets", "rules", "add", *words).status == 2
    audobon("assets", "rules", "add", "tag:a", "--tag", "b")
    ran = audobon("assets", "rules", "add", "tag:b", "--tag", "a", "--json")
    assert (ran.status, ran.json["error"]["code"]) == (2, "usage.invalid")
    assert "circle" in ran.json["error"]["message"]
