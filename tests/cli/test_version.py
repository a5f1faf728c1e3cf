"""History at the command line: what people type, what scripts get, and what goes wrong."""

import io
import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from PIL import Image, ImageColor

from audobon_cli.library.add import add_asset
from audobon_cli.library.store.library import Library
from tests.conftest import Audobon, Ran
from tests.history.workshop import add, edit, remove, snapshot
from tests.library.samples import draft

SCHEMAS = Path(__file__).parents[2] / "docs" / "schemas"


@pytest.fixture
def library(audobon: Audobon, tmp_path: Path) -> Library:
    assert audobon("init").status == 0
    return Library.open(tmp_path / "project" / ".audobon")


def commit(audobon: Audobon, message: str) -> str:
    ran = audobon("version", "commit", "-m", message)
    assert ran.status == 0, ran.err
    return ran.out.strip()


def check_schema(ran: Ran, name: str) -> None:
    schema = json.loads((SCHEMAS / f"version-{name}.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator(schema).validate(ran.data)


def diverge(audobon: Audobon, library: Library) -> str:
    """A dragon that has another note on each of two branches; the library is on main."""
    dragon = add(library, "dragon", 1)
    commit(audobon, "first")
    assert audobon("version", "switch", "-c", "flat").status == 0
    edit(library, dragon, note="flat")
    commit(audobon, "flat note")
    assert audobon("version", "switch", "main").status == 0
    edit(library, dragon, note="main")
    commit(audobon, "main note")
    return dragon


def test_a_first_commit_and_what_is_said_of_it(audobon: Audobon, library: Library) -> None:
    assert "before the first commit" in audobon("version", "status").err
    assert audobon("version", "log").out == ""
    dragon = add(library, "dragon", 1)
    status = audobon("version", "status", "--json")
    check_schema(status, "status")
    assert [(change["id"], change["change"]) for change in status.data["changes"]] == [(dragon, "added")]
    made = commit(audobon, "The first dragon")
    assert audobon("version", "status", "--json").data["changes"] == []
    logged = audobon("version", "log", "--json")
    check_schema(logged, "log")
    assert [entry["id"] for entry in logged.data["commits"]] == [made]
    shown = audobon("version", "show", made[:8], "--json")
    check_schema(shown, "show")
    assert shown.data["assets"] == 1
    assert "The first dragon" in audobon("version", "show").out
    again = audobon("version", "commit", "-m", "nothing", "--json")
    assert (again.status, again.data["commit"]) == (0, None)


def test_a_branch_is_another_library_and_the_old_one_comes_back(audobon: Audobon, library: Library) -> None:
    dragon, sword = add(library, "dragon", 1), add(library, "sword", 2)
    commit(audobon, "both")
    before = snapshot(library)
    assert audobon("version", "switch", "-c", "flat").status == 0
    remove(library, sword)
    edit(library, dragon, category="characters/enemies", tags=["boss"])
    commit(audobon, "only the dragon")
    diff = audobon("version", "diff", "main", "flat", "--json")
    check_schema(diff, "diff")
    assert {(change["name"], change["change"]) for change in diff.data["changes"]} == {
        ("dragon", "changed"),
        ("sword", "removed"),
    }
    assert "+boss" in audobon("version", "diff", "main", "flat").out
    switched = audobon("version", "switch", "main", "--json")
    check_schema(switched, "switch")
    assert switched.data["changed"] == 2
    assert snapshot(library) == before
    assert audobon("assets", "list", "--json").data["total"] == 2
    assert {ref["name"] for ref in audobon("version", "branch", "--json").data["branches"]} == {
        "main",
        "flat",
    }


def test_a_conflict_changes_nothing_until_it_is_resolved(audobon: Audobon, library: Library) -> None:
    dragon = diverge(audobon, library)
    before = snapshot(library)
    merged = audobon("version", "merge", "flat", "--json")
    assert (merged.status, merged.json["error"]["code"]) == (56, "version.conflicts")
    check_schema(merged, "merge")
    assert snapshot(library) == before
    listed = audobon("version", "conflicts", "--preview")
    assert "note flat" in listed.out
    page = audobon("version", "conflicts", "--report", "conflicts.html", "--json")
    assert Path(page.data["report"]).read_text(encoding="utf-8").count("<section>") == 1
    assert audobon("version", "merge").status == 2
    assert audobon("version", "commit", "-m", "x").status == 58, "a merge waits"
    assert audobon("version", "status", "--json").data["conflicts"] == 1
    assert audobon("version", "resolve", "nobody", "--ours").status == 11
    assert audobon("version", "resolve", dragon).status == 2
    assert audobon("version", "resolve", dragon, "--field", "size=3").status == 2
    resolved = audobon("version", "resolve", "dragon", "--field", "note=both", "--json")
    assert resolved.status == 0, resolved.out
    assert snapshot(library)[dragon]["note"] == "both"  # type: ignore[index]
    parents = audobon("version", "log", "--json").data["commits"][0]["parents"]
    assert len(parents) == 2
    assert audobon("version", "merge", "flat", "--json").data["up_to_date"]


def test_a_merge_can_be_given_up_or_decided_for_one_side(audobon: Audobon, library: Library) -> None:
    dragon = diverge(audobon, library)
    assert audobon("version", "merge", "flat").status == 56
    assert audobon("version", "merge", "--abort").status == 0
    assert audobon("version", "merge", "--abort").status == 58
    assert audobon("version", "merge", "flat", "--strategy", "theirs").status == 0
    assert snapshot(library)[dragon]["note"] == "flat"  # type: ignore[index]


def test_both_versions_can_be_kept(audobon: Audobon, library: Library) -> None:
    dragon = diverge(audobon, library)
    assert audobon("version", "merge", "flat").status == 56
    assert audobon("version", "resolve", dragon, "--both").status == 0
    assert sorted(record["name"] for record in snapshot(library).values()) == ["dragon", "dragon (flat)"]


def test_uncommitted_changes_are_never_lost(audobon: Audobon, library: Library) -> None:
    dragon = add(library, "dragon", 1)
    commit(audobon, "first")
    audobon("version", "branch", "flat")
    edit(library, dragon, note="precious")
    refused = audobon("version", "switch", "flat", "--json")
    assert (refused.status, refused.json["error"]["code"]) == (57, "version.uncommitted")
    assert audobon("version", "merge", "flat").status == 57
    assert audobon("version", "switch", "flat", "--stash").status == 0
    assert "note" not in snapshot(library)[dragon]  # type: ignore[operator]
    assert len(audobon("version", "stash", "--list", "--json").data["stashes"]) == 1
    assert audobon("version", "unstash").status == 0
    assert snapshot(library)[dragon]["note"] == "precious"  # type: ignore[index]
    assert audobon("version", "unstash").status == 11


def test_restore_revert_and_undo(audobon: Audobon, library: Library) -> None:
    dragon, sword = add(library, "dragon", 1), add(library, "sword", 2)
    commit(audobon, "first")
    edit(library, dragon, note="worse")
    commit(audobon, "a mistake")
    remove(library, sword)
    commit(audobon, "no sword")
    assert audobon("version", "revert", "HEAD~1").status == 0
    assert "note" not in snapshot(library)[dragon]  # type: ignore[operator]
    assert sword not in snapshot(library)
    assert audobon("version", "restore", "sword", "--from", "HEAD~3").status == 0
    assert sword in snapshot(library)
    assert audobon("version", "restore", "nothing").status == 11
    assert audobon("version", "restore").status == 2
    assert audobon("version", "undo").status == 0
    assert sword not in snapshot(library)
    assert audobon("version", "undo").status == 0, "takes back the revert"
    assert snapshot(library)[dragon]["note"] == "worse"  # type: ignore[index]
    listed = audobon("version", "undo", "--list", "--json").data["operations"]
    assert [entry["undone"] for entry in listed if entry["command"].startswith(("revert", "restore"))] == [
        True,
        True,
    ]


def test_tags_name_commits_for_good(audobon: Audobon, library: Library) -> None:
    dragon = add(library, "dragon", 1)
    commit(audobon, "first")
    assert audobon("version", "tag", "v1.0").status == 0
    assert audobon("version", "tag", "v1.0").status == 59
    assert audobon("version", "tag", "no spaces").status == 2
    edit(library, dragon, note="later")
    commit(audobon, "later")
    assert audobon("version", "switch", "v1.0").status == 0
    assert "note" not in snapshot(library)[dragon]  # type: ignore[operator]
    assert audobon("version", "status", "--json").data["branch"] is None
    assert audobon("version", "switch", "main").status == 0
    assert audobon("version", "tag", "v1.0", "--delete").status == 0


def test_names_that_mean_nothing_are_told(audobon: Audobon, library: Library) -> None:
    assert audobon("version", "show").status == 11, "nothing committed yet"
    add(library, "dragon", 1)
    commit(audobon, "first")
    for revision in ("nobody", "abcd1234", "HEAD~7", "HEAD^2"):
        assert audobon("version", "show", revision).status == 11, revision
    assert audobon("version", "branch", "main", "--delete").status == 58
    assert audobon("version", "branch", "gone", "--delete").status == 11


def test_an_id_that_begins_two_commits_is_ambiguous(audobon: Audobon, library: Library) -> None:
    add(library, "dragon", 1)
    first = commit(audobon, "first")
    with library.database.transaction() as statements:
        other = first[:8] + "0" * 56
        statements.run("INSERT INTO history_commits VALUES (?, x'00')", other)
    refused = audobon("version", "show", first[:6], "--json")
    assert (refused.status, refused.json["error"]["code"]) == (12, "version.ambiguous")


def test_damage_is_found(audobon: Audobon, library: Library) -> None:
    add(library, "dragon", 1)
    commit(audobon, "first")
    assert audobon("version", "verify").status == 0
    with library.database.transaction() as statements:
        row = statements.row("SELECT hash, content FROM history_objects LIMIT 1")
        assert row is not None
        spoiled = bytes([row[1][0]]) + bytes([row[1][1] ^ 1]) + row[1][2:]
        statements.run("UPDATE history_objects SET content = ? WHERE hash = ?", spoiled, row[0])
    ran = audobon("version", "verify", "--json")
    assert (ran.status, ran.json["error"]["code"]) == (29, "version.damaged")
    check_schema(ran, "verify")


def test_garbage_is_what_nothing_refers_to(audobon: Audobon, library: Library) -> None:
    diverge(audobon, library)
    assert audobon("version", "branch", "flat", "--delete").status == 58
    assert audobon("version", "branch", "flat", "--delete", "--force").status == 0
    kept = audobon("version", "gc", "--json").data
    assert (kept["commits"], kept["objects"]) == (0, 0), "the operation log still refers to it"
    counted = audobon("version", "gc", "--keep-days", "0", "--dry-run", "--json").data
    assert counted["commits"] == 1
    assert audobon("version", "gc", "--keep-days", "0", "--json").data["commits"] == 1
    assert audobon("version", "verify").status == 0


def test_changed_pictures_are_shown_beside_each_other(
    audobon: Audobon, library: Library, tmp_path: Path
) -> None:
    first, second = (drawn(colour) for colour in ("red", "blue"))
    asset = add_asset(library, draft("flag"), first).asset.id
    commit(audobon, "red")
    edit(library, asset, blob=library.blobs.put(second), note="blue now")
    page = tmp_path / "diff.html"
    ran = audobon("version", "diff", "--report", str(page), "--json")
    check_schema(ran, "diff")
    (change,) = ran.data["changes"]
    assert change["picture"]["pixels_changed"] == 0.25
    assert change["picture"]["colors_added"] == ["#0000ff"]
    assert change["picture"]["colors_removed"] == ["#ff0000"]
    text = page.read_text(encoding="utf-8")
    assert text.count("data:image/png;base64,") == 3
    assert "blue now" in text
    assert "http" not in text
    assert audobon("version", "diff", "--preview").status == 0
    assert audobon("version", "diff", "--report", str(tmp_path / "no" / "such.html")).status == 17


def drawn(colour: str) -> bytes:
    """A square of a colour in a clear picture, as PNG."""
    image = Image.new("RGBA", (8, 8))
    image.paste(ImageColor.getrgb(colour), (0, 0, 4, 4))
    target = io.BytesIO()
    image.save(target, "PNG")
    return target.getvalue()
