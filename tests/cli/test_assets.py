"""``audobon assets`` over a library that `generate` filled."""

from pathlib import Path

import pytest

from tests.conftest import Audobon

pytestmark = pytest.mark.usefixtures("fake_engine")


@pytest.fixture
def filled(audobon: Audobon) -> Audobon:
    """A library with three pictures."""
    audobon("generate", "cute dragon", "red dragon", "iron sword", "--seed", "1", "--out", "art/")
    return audobon


def test_an_empty_library_says_what_to_do(audobon: Audobon) -> None:
    ran = audobon("assets", "list")
    assert (ran.status, ran.out) == (0, "")
    assert "audobon generate" in ran.err


def test_list_is_newest_first_and_pages(filled: Audobon) -> None:
    first = filled("assets", "list", "--limit", "2", "--json").data
    assert [asset["name"] for asset in first["assets"]] == ["iron_sword", "red_dragon"]
    assert first["total"] == 3
    rest = filled("assets", "list", "--after", first["after"], "--json").data
    assert [asset["name"] for asset in rest["assets"]] == ["cute_dragon"]
    assert rest["after"] is None


def test_search_finds_words_and_their_beginnings(filled: Audobon) -> None:
    assert filled("assets", "search", "dragon", "--json").data["total"] == 2
    assert [a["name"] for a in filled("assets", "search", "red", "dra", "--json").data["assets"]] == [
        "red_dragon"
    ]
    near = filled("assets", "search", "unicorn", "--json").data
    assert near["total"] == 0
    assert {a["name"] for a in near["assets"] if a["by_meaning"]} <= {"red_dragon", "cute_dragon"}
    assert filled("assets", "search", "unicorn", "--exact", "--json").data["assets"] == []


def test_show_by_name_by_id_and_by_its_beginning(filled: Audobon) -> None:
    asset = filled("assets", "list", "--limit", "1", "--json").data["assets"][0]
    for reference in (asset["name"], asset["id"], asset["id"][:6]):
        shown = filled("assets", "show", reference, "--json").data["asset"]
        assert shown["blob"] == asset["blob"]
        assert shown["recipe"]["prompt"] == "iron sword"
        assert Path(shown["path"]).is_file()


def test_show_of_an_unknown_and_of_an_ambiguous_name(filled: Audobon) -> None:
    ran = filled("assets", "show", "swrd", "--json")
    assert (ran.status, ran.json["error"]["code"]) == (11, "asset.not_found")
    filled("generate", "iron sword", "--seed", "2")
    ran = filled("assets", "show", "iron_sword", "--json")
    assert (ran.status, ran.json["error"]["code"]) == (12, "asset.ambiguous")


def test_export_writes_the_very_bytes_and_never_over_others(filled: Audobon) -> None:
    ran = filled("assets", "export", "--search", "dragon", "--to", "out", "--json")
    assert ran.status == 0
    for file in ran.data["files"]:
        shown = filled("assets", "show", file["asset"], "--json").data["asset"]
        assert Path(file["path"]).read_bytes() == Path(shown["path"]).read_bytes()
    Path("out/red_dragon.png").write_bytes(b"mine")
    assert filled("assets", "export", "red_dragon", "--to", "out").status == 51
    assert Path("out/red_dragon.png").read_bytes() == b"mine"


def test_verify_finds_a_flipped_bit_and_names_the_asset(filled: Audobon) -> None:
    assert filled("assets", "verify").status == 0
    shown = filled("assets", "show", "iron_sword", "--json").data["asset"]
    path = Path(shown["path"])
    path.chmod(0o644)
    damaged = bytearray(path.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    path.write_bytes(damaged)
    ran = filled("assets", "verify", "--json")
    assert (ran.status, ran.json["error"]["code"]) == (21, "blob.corrupt")
    assert ran.data["corrupted"][0]["assets"] == [shown["id"]]
    path.unlink()
    assert filled("assets", "verify").status == 22


def test_commands_inside_a_project_use_its_library(audobon: Audobon, monkeypatch: pytest.MonkeyPatch) -> None:
    audobon("generate", "cat")
    assert audobon("init").status == 0
    assert audobon("assets", "list", "--json").data["total"] == 0
    Path("levels/one").mkdir(parents=True)
    monkeypatch.chdir("levels/one")
    audobon("generate", "dog")
    assert audobon("assets", "list", "--json").data["total"] == 1
    assert audobon("init", "../..").out.startswith("There was a library already")


def test_library_by_flag_and_by_variable(audobon: Audobon, monkeypatch: pytest.MonkeyPatch) -> None:
    audobon("init", "game")
    audobon("generate", "cat", "--library", "game")
    assert audobon("assets", "list", "--json").data["total"] == 0
    monkeypatch.setenv("AUDOBON_LIBRARY", "game/.audobon")
    assert audobon("assets", "list", "--json").data["total"] == 1


def test_a_corrupt_library_is_said_to_be(filled: Audobon) -> None:
    database = Path(filled("config", "path", "library").out.strip()) / "audobon.db"
    database.write_bytes(b"not a database" * 1000)
    for argv in (("assets", "list"), ("generate", "cat")):
        ran = filled(*argv, "--json")
        assert (ran.status, ran.json["error"]["code"]) == (20, "library.corrupt")
    ran = filled("doctor", "--json")
    assert ran.status == 20
    assert {c["name"]: c["verdict"] for c in ran.data["checks"]}["library"] == "failed"
