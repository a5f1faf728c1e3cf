"""``audobon assets``: taking in, arranging, throwing away, from the command line."""

from pathlib import Path

import pytest

from tests.cli.test_contract import validator
from tests.conftest import Audobon
from tests.media.samples import SVG, encoded


@pytest.fixture
def filled(audobon: Audobon) -> Audobon:
    """A library with three imported pictures."""
    art = Path("art")
    art.mkdir()
    for number, name in enumerate(("red_dragon", "blue_dragon", "knight")):
        (art / f"{name}.png").write_bytes(encoded(seed=number))
    assert audobon("assets", "import", "art").status == 0
    return audobon


def _names(audobon: Audobon, *query: str) -> list[str]:
    return sorted(asset["name"] for asset in audobon("assets", "list", *query, "--json").data["assets"])


def test_import_says_what_it_did_and_fails_in_part(filled: Audobon) -> None:
    assert filled("assets", "import", "art").out == "0 imported, 3 in the library already.\n"
    Path("art/bad.png").write_bytes(b"no")
    Path("art/five.svg").write_bytes(SVG)
    ran = filled("assets", "import", "art", "--tag", "new", "--json")
    assert (ran.status, ran.json["error"]["code"]) == (3, "import.incomplete")
    assert (ran.data["imported"], ran.data["existing"], ran.data["failed"]) == (1, 3, 1)
    validator("assets-import").validate(ran.data)
    assert _names(filled, "tag:new") == ["five"]
    assert "would be imported" in filled("assets", "import", "art/red_dragon.png", "--dry-run").out


def test_tags_categories_names_notes_ratings(filled: Audobon) -> None:
    ran = filled("assets", "tag", "name:red_dragon", "knight", "--tag", "boss", "-t", "wip", "--json")
    assert ran.data["changed"] == 2
    validator("assets-tag").validate(ran.data)
    assert filled("assets", "untag", "tag:boss", "-t", "wip", "--json").data["changed"] == 2
    assert _names(filled, "tag:boss") == ["knight", "red_dragon"]
    assert filled("assets", "move", "tag:boss", "--to", "characters/enemies").status == 0
    assert filled("assets", "rate", "knight", "--stars", "4").status == 0
    assert filled("assets", "note", "knight", "--text", "for the castle").status == 0
    assert filled("assets", "rename", "knight", "Ritter").status == 0
    assert _names(filled, "in:characters/**", "rating:>3", "castle") == ["Ritter"]
    assert filled("assets", "rate", "Ritter", "--stars", "none").status == 0
    assert _names(filled, "rating:0..5") == []


@pytest.mark.parametrize(
    ("argv", "status", "code"),
    [
        (("tag", "nothing", "-t", "x"), 11, "asset.not_found"),
        (("tag", "dragon", "-t", "x"), 12, "asset.ambiguous"),
        (("tag", "knight", "-t", " "), 2, "usage.invalid"),
        (("rate", "knight", "--stars", "6"), 2, "usage.invalid"),
        (("rate", "knight", "--stars", "many"), 2, "usage.invalid"),
        (("move", "knight", "--to", ".."), 2, "usage.invalid"),
        (("rename", "knight", ""), 2, "usage.invalid"),
        (("link", "knight", "NO", "red_dragon"), 2, "usage.invalid"),
        (("search", "colour:red"), 2, "usage.query"),
        (("list", "(a"), 2, "usage.query"),
        (("list", "--after", "x"), 2, "usage.invalid"),
        (("import", "nowhere"), 2, "usage.invalid"),
        (("trash",), 2, "usage.invalid"),
        (("trash", "nothing"), 11, "asset.not_found"),
        (("restore", "knight"), 11, "asset.not_found"),
        (("purge",), 2, "usage.invalid"),
        (("purge", "--all"), 2, "usage.invalid"),
        (("gc", "--grace", "-1"), 2, "usage.invalid"),
        (("open", "dragon", "--print"), 12, "asset.ambiguous"),
        (("export", "knight", "--format", "bmp"), 2, "usage.invalid"),
    ],
)
def test_what_cannot_work_has_its_code_status_and_hint(
    filled: Audobon, argv: tuple[str, ...], status: int, code: str
) -> None:
    ran = filled("assets", *argv, "--json")
    assert (ran.status, ran.json["error"]["code"]) == (status, code)
    assert ran.json["error"]["message"]
    assert ran.json["error"]["hint"]


def test_relations_and_the_tree(filled: Audobon) -> None:
    assert filled("assets", "link", "blue_dragon", "derived-from", "red_dragon").status == 0
    again = filled("assets", "link", "blue_dragon", "derived-from", "red_dragon", "--json")
    assert again.data["changed"] is False
    assert filled("assets", "tree", "blue_dragon").out.splitlines()[1].startswith("└─ blue_dragon")
    tree = filled("assets", "tree", "red_dragon", "--json").data
    validator("assets-tree").validate(tree)
    assert tree["roots"][0]["children"][0]["name"] == "blue_dragon"
    assert _names(filled, "derived-from:red_dragon") == ["blue_dragon"]
    assert "derived-from" in filled("assets", "show", "blue_dragon").out
    assert filled("assets", "unlink", "blue_dragon", "derived-from", "red_dragon", "--json").data["changed"]


def test_trash_restore_purge_and_gc(filled: Audobon) -> None:
    assert filled("assets", "trash", "knight", "--dry-run").status == 0
    assert len(_names(filled)) == 3
    assert filled("assets", "trash", "knight", "red_dragon").status == 0
    assert [a["name"] for a in filled("assets", "trash", "--list", "--json").data["assets"]]
    assert filled("assets", "restore", "red_dragon").status == 0
    assert _names(filled) == ["blue_dragon", "red_dragon"]
    assert filled("assets", "purge", "knight", "--dry-run").status == 0
    assert filled("assets", "purge", "--all", "--yes").status == 0
    assert filled("assets", "restore", "knight").status == 11
    ran = filled("assets", "gc", "--dry-run", "--json")
    assert (ran.data["marked"], ran.data["deleted"]) == (1, 0)
    validator("assets-gc").validate(ran.data)
    assert filled("assets", "gc", "--grace", "0").out.startswith("1 file deleted")
    assert filled("assets", "verify").status == 0


def test_likeness_duplicates_statistics_thumbnails(filled: Audobon) -> None:
    ran = filled("assets", "similar", "red_dragon", "--bits", "32", "--json")
    validator("assets-similar").validate(ran.data)
    assert ran.status == 0
    assert filled("assets", "similar", "red_dragon", "--meaning", "--json").status == 0
    groups = filled("assets", "duplicates", "--near", "--json").data
    validator("assets-duplicates").validate(groups)
    stats = filled("assets", "stats", "--json").data
    validator("assets-stats").validate(stats)
    assert stats["assets"] == 3
    assert "kind\tsprite\t3" in filled("assets", "stats").out
    assert filled("assets", "thumbnails", "--json").data == {"made": 3, "failed": 0}


def test_colours_can_be_searched_for_at_once(filled: Audobon) -> None:
    page = filled("assets", "search", "palette:#000", "--json").data
    assert {asset["name"] for asset in page["assets"]} <= {"red_dragon", "blue_dragon", "knight"}
    assert filled("assets", "list", "palette:#ff00ff", "--json").data["total"] == 0


def test_a_search_says_which_hits_are_by_meaning(filled: Audobon) -> None:
    page = filled("assets", "search", "warrior", "--json").data
    assert page["assets"][0]["name"] == "knight"
    assert all(asset["by_meaning"] for asset in page["assets"])
    assert filled("assets", "search", "warrior", "--exact", "--json").data["assets"] == []


def test_open_makes_a_copy_with_a_name_that_others_know(filled: Audobon) -> None:
    path = Path(filled("assets", "open", "knight", "--print").out.strip())
    assert path.name == "knight.png"
    assert path.read_bytes() == Path("art/knight.png").read_bytes()


@pytest.mark.parametrize("form", ["png", "webp", "avif"])
def test_export_in_another_format_shows_the_same(filled: Audobon, form: str) -> None:
    import numpy as np
    from PIL import Image

    ran = filled("assets", "export", "knight", "--to", "out", "--format", form, "--optimize", "--json")
    assert ran.status == 0
    path = Path(ran.data["files"][0]["path"])
    assert path.name == f"knight.{form}"
    with Image.open(path) as written, Image.open("art/knight.png") as original:
        new, old = (np.asarray(one.convert("RGBA")).astype(int) for one in (written, original))
    solid = old[..., 3] > 0
    assert np.abs(new - old)[solid].max() <= (2 if form == "avif" else 0)
    assert filled("assets", "export", "knight", "--to", "out", "--format", form, "--optimize").status == 0
    # Another name in a folder that is there already.
    filled("assets", "rename", "knight", "squire")
    assert filled("assets", "export", "squire", "--to", "out", "--format", form).status == 0


def test_a_vector_cannot_become_pixels_by_export(filled: Audobon) -> None:
    Path("five.svg").write_bytes(SVG)
    filled("assets", "import", "five.svg")
    assert filled("assets", "export", "five", "--to", "out", "--format", "png").status == 2
    assert filled("assets", "export", "five", "--to", "out").status == 0
    assert Path("out/five.svg").read_bytes() == SVG
    assert filled("assets", "show", "five").status == 0
    assert filled("assets", "thumbnails", "five", "--json").data["failed"] == 1


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "con", "a\u202egnp", "x" * 300, "ไทย हिन्दी 🐉", ".hidden"]
)
def test_names_of_every_kind_are_exported_safely(filled: Audobon, name: str) -> None:
    if filled("assets", "rename", "knight", name).status == 2:
        return
    ran = filled("assets", "export", "rating:0..5", "kind:sprite", "--to", "out", "--json")
    assert ran.status == 11
    ran = filled("assets", "export", "kind:sprite", "--to", "out", "--json")
    assert ran.status == 0
    assert all(Path(file["path"]).parent == Path("out") for file in ran.data["files"])
    assert len(list(Path("out").iterdir())) == 3


def test_a_grid_shows_pictures_where_there_are_colours(
    filled: Audobon, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "red_dragon" in filled("assets", "list", "--grid").out
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLORTERM", "truecolor")
    assert "\x1b[" in filled("assets", "list", "--grid").out
    monkeypatch.setenv("COLUMNS", "9")
    assert filled("assets", "list", "--grid").status == 0
