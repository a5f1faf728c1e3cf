"""``audobon undo``: the last change by name, of whatever kind, and only after a yes."""

import pytest

from tests.conftest import Audobon

pytestmark = pytest.mark.usefixtures("fake_engine")


@pytest.fixture
def filled(audobon: Audobon) -> Audobon:
    audobon("generate", "wizard", "oak", "ghost", "--seed", "1")
    return audobon


def names(audobon: Audobon, *query: str) -> set[str]:
    return {asset["name"] for asset in audobon("assets", "list", *query, "--json").data["assets"]}


def test_a_trash_is_undone_by_name(filled: Audobon) -> None:
    filled("assets", "trash", "oak", "wizard")
    asked = filled("undo")
    assert asked.status == 2
    assert "`assets trash` of oak, wizard" in asked.err.replace("oak and wizard", "oak, wizard").replace(
        "wizard and oak", "oak, wizard"
    )
    assert "--yes" in asked.err
    assert names(filled) == {"ghost"}
    shown = filled("undo", "--dry-run", "--json").data
    assert (shown["undone"], sorted(shown["assets"]), shown["count"]) == (
        "assets trash",
        ["oak", "wizard"],
        2,
    )
    assert names(filled) == {"ghost"}
    assert filled("undo", "--yes").status == 0
    assert names(filled) == {"ghost", "oak", "wizard"}
    again = filled("undo", "--yes", "--json")
    assert (again.status, again.json["error"]["code"]) == (11, "version.not_found")


@pytest.mark.parametrize(
    ("words", "query"),
    [
        (("rename", "oak", "--to", "elm"), "elm"),
        (("tag", "oak", "--tag", "x"), "tag:x"),
        (("move", "oak", "--category", "trees"), "in:trees"),
        (("note", "oak", "-m", "frobnicate"), "frobnicate"),
        (("rate", "oak", "--stars", "5"), "rating:5"),
    ],
)
def test_what_arranges_is_undone(filled: Audobon, words: tuple[str, ...], query: str) -> None:
    before = filled("assets", "show", "oak", "--json").data["asset"]
    filled("assets", *words)
    assert len(names(filled, query)) == 1
    assert filled("undo", "--yes").out.startswith(f"Undid `assets {words[0]}`")
    assert filled("assets", "show", "oak", "--json").data["asset"] == before


def test_changes_go_back_one_by_one_across_commits(filled: Audobon) -> None:
    filled("assets", "rename", "oak", "--to", "elm")
    filled("version", "commit", "-m", "first")
    filled("assets", "trash", "ghost")
    assert [filled("undo", "--yes", "--json").data["undone"] for _ in range(3)] == [
        "assets trash",
        "version commit",
        "assets rename",
    ]
    assert names(filled) == {"wizard", "oak", "ghost"}
    assert filled("version", "log", "--json").data["commits"] == []


def test_a_restore_is_undone(filled: Audobon) -> None:
    filled("assets", "trash", "oak")
    filled("assets", "restore", "oak")
    filled("undo", "--yes")
    assert names(filled) == {"wizard", "ghost"}
    assert filled("assets", "trash", "--list", "--json").data["assets"][0]["name"] == "oak"


def test_what_changed_since_is_not_undone(filled: Audobon) -> None:
    filled("assets", "trash", "oak")
    filled("assets", "purge", "oak", "--yes")
    ran = filled("undo", "--yes", "--json")
    assert ran.json["error"]["code"] == "version.uncommitted"
    assert names(filled) == {"wizard", "ghost"}


def test_nothing_to_undo_is_said(audobon: Audobon) -> None:
    assert "There is nothing to undo." in audobon("undo", "--yes").err


def test_a_change_of_nothing_is_no_step(filled: Audobon) -> None:
    filled("assets", "tag", "oak", "--tag", "x")
    filled("assets", "tag", "oak", "--tag", "x")
    assert filled("undo", "--yes").status == 0
    assert names(filled, "tag:x") == set()
