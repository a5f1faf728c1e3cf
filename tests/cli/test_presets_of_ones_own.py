"""docs/presets.md, read as a user reads it: its files are put where it says, and used."""

import re
from pathlib import Path

import pytest

from tests.conftest import Audobon
from tests.fakes.fake_engine import FakeEngine

PAGE = Path(__file__).parents[2] / "docs" / "presets.md"
BLOCK = re.compile(r"```toml\n# (?P<file>\S+)\n(?P<text>.*?)```", re.DOTALL)


@pytest.fixture
def own_presets(audobon: Audobon) -> Path:
    folder = Path(audobon("config", "path", "presets").out.strip())
    for block in BLOCK.finditer(PAGE.read_text(encoding="utf-8")):
        file = folder / block["file"]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(block["text"], encoding="utf-8")
    return folder


def test_the_presets_of_the_page_are_listed_and_used(
    audobon: Audobon, fake_engine: FakeEngine, own_presets: Path
) -> None:
    own = {
        row["name"] for row in audobon("presets", "list", "--json").data["presets"] if row["source"] == "own"
    }
    assert own == {"quick", "ink", "card"}
    ran = audobon("generate", "cat", "--quality", "quick", "--size", "card", "--plan", "--json")
    (request,) = ran.data["plan"]["requests"]
    assert (request["steps"], request["size"], request["timeout_seconds"]) == (6, "128x128", 60)
    assert "ink drawing" in audobon("presets", "show", "ink").out
    assert audobon("generate", "cat", "--style", "ink").status == 2, "the sprite model does not know it"
    models = {model["name"] for model in audobon("models", "list", "--json").data["models"]}
    assert "inkpunk" in models


def test_a_preset_of_a_windows_editor_is_checked_and_edited(audobon: Audobon, own_presets: Path) -> None:
    file = own_presets / "styles" / "ink.toml"
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes().replace(b"\n", b"\r\n"))
    assert audobon("presets", "check", "ink").status == 0
    assert audobon("presets", "edit", "style", "ink", "--set", "description=ink, wet").status == 0
    assert "ink, wet" in audobon("presets", "show", "ink").out


def test_a_preset_that_cannot_be_used_is_named(audobon: Audobon, own_presets: Path) -> None:
    (own_presets / "styles" / "ink.toml").write_text('description = "x"\ntemplate = "no place"\n')
    ran = audobon("presets", "list")
    assert ran.status == 2
    assert "ink.toml" in ran.err


def test_a_quality_says_its_reason_and_its_time_here(audobon: Audobon) -> None:
    (row,) = audobon("presets", "show", "high", "--json").data["presets"]
    assert row["reason"]
    assert row["timeout_seconds"] == 600
    assert row["seconds_here"] > 0
    shown = audobon("presets", "show", "high").out
    assert "a picture of sprite here: about " in shown
    assert "a picture may take: 10 min" in shown


def test_eight_sizes_ship(audobon: Audobon) -> None:
    rows = audobon("presets", "list", "--json").data["presets"]
    assert len([row for row in rows if row["kind"] == "size"]) == 8


def test_presets_are_begun_changed_and_checked(audobon: Audobon) -> None:
    begun = audobon("presets", "new", "style", "ink", "--set", "template={prompt}, in ink", "--json").data
    file = Path(begun["preset"]["path"])
    assert audobon("presets", "new", "style", "ink").status == 51
    changed = audobon("presets", "edit", "style", "ink", "--set", "families=sdxl,sd15", "--set", "grid=2")
    assert changed.status == 0
    shown = audobon("presets", "show", "style", "ink", "--json").data["presets"][0]
    assert (shown["template"], shown["families"], shown["grid"]) == ("{prompt}, in ink", ["sdxl", "sd15"], 2)
    assert "# negative" in file.read_text(), "comments stay"
    audobon("presets", "edit", "style", "ink", "--unset", "families", "--unset", "grid")
    assert audobon("presets", "show", "style", "ink", "--json").data["presets"][0]["families"] == []
    before = file.read_bytes()
    refused = audobon("presets", "edit", "style", "ink", "--set", "template=no place")
    assert refused.status == 2
    assert "the template has no {prompt}" in refused.err
    assert file.read_bytes() == before
    assert [one.name for one in file.parent.iterdir()] == ["ink.toml"]
    assert audobon("presets", "check").status == 0
    assert "ships with the program" in audobon("presets", "edit", "quality", "high", "--set", "reason=x").err


def test_what_presets_new_begins_with_is_a_preset(audobon: Audobon) -> None:
    for kind in ("quality", "style", "size"):
        assert audobon("presets", "new", kind, "mine").status == 0
    copied = audobon(
        "presets", "new", "quality", "slow", "--from", "high", "--set", "families.sprite.steps=55"
    )
    assert copied.status == 0
    (slow,) = audobon("presets", "show", "slow", "--json").data["presets"]
    assert slow["families"]["sprite"]["steps"] == 55
    assert slow["families"]["sd3"]["steps"] == 40
    assert len(audobon("presets", "check", "--json").data["presets"]) == 4
    for arguments in (
        ("quality", "x", "--set", "families.sprite.steps=0"),
        ("size", "64x64"),
        ("style", "none"),
    ):
        assert audobon("presets", "new", *arguments).status == 2
    assert audobon("presets", "check", "mine").status == 0


@pytest.mark.parametrize(
    ("file", "text", "line", "said"),
    [
        ("styles/a.toml", 'description = "x"\ntemplate = "y"\n', 2, "no {prompt}"),
        ("styles/a.toml", 'description = "x"\ntemplate = "{prompt}\n', 2, "not TOML"),
        ("styles/a.toml", '# c\ndescripton = "x"\ntemplate = "{prompt}"\n', 2, "'descripton' is not known"),
        ("sizes/a.toml", 'description = "x"\nsize = 8\n[families]\nsdxl = "99999"\n', 4, "is no size"),
        (
            "quality/a.toml",
            'description = "x"\n[families.default]\nsteps = 2\nguidance = 1\n'
            "[families.sdlx]\nsteps = 0\nguidance = 1\n",
            6,
            "steps is 0",
        ),
        ("quality/a.toml", 'description = "x"\n', 1, "no [families.default]"),
        (
            "models/a.toml",
            'family = "sd15"\nfolder = "/x"\nlicence = "MIT"\ndescription = "x"\ndefault_style = "pixle"\n',
            5,
            "no style is called 'pixle'",
        ),
    ],
)
def test_a_fault_is_told_with_its_line_and_what_to_do(
    audobon: Audobon, file: str, text: str, line: int, said: str
) -> None:
    path = Path(audobon("config", "path", "presets").out.strip(), file)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    ran = audobon("presets", "check", "--json")
    assert ran.status == 2
    faults = ran.data["presets"][0]["faults"]
    assert any(one["line"] == line and said in one["what"] and one["advice"] for one in faults), faults


def test_all_words_for_which_generate_refuses_a_style_are_faults(audobon: Audobon) -> None:
    path = Path(audobon("config", "path", "presets").out.strip(), "styles", "ink.toml")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        'description = "x"\ntemplate = "BREAK {prompt} AND <lora:ink:1>, {red|blue}, ({prompt}:11)"\n'
        f'negative = "<ti:bad>, {"(" * 65}x{")" * 65}"\n',
        encoding="utf-8",
    )
    ran = audobon("presets", "check", "--json")
    assert ran.status == 2
    faults = ran.data["presets"][0]["faults"]
    for line, said in (
        (2, "'BREAK'"),
        (2, "'AND'"),
        (2, "a style adds no LoRA"),
        (2, "'{red|blue}'"),
        (2, "the weight 11"),
        (3, "'<ti:bad>'"),
        (3, "more than 64 deep"),
    ):
        assert any(one["line"] == line and said in one["what"] and one["advice"] for one in faults), faults
    refused = audobon("generate", "a cat", "--style", "ink", "--plan", "--json")
    assert refused.status == 2
    first = refused.json["error"]["message"].partition("style ink ")[2].rstrip(".")
    assert any(one["what"].endswith(first) for one in faults)
    assert audobon("presets", "new", "style", "wet", "--set", "template={prompt} AND ink").status == 2


def test_styles_and_sizes_have_a_page_of_pictures(audobon: Audobon) -> None:
    assert audobon("presets", "list", "--report", "presets.html").status == 0
    page = Path("presets.html").read_text(encoding="utf-8")
    assert page.count("data:image/png") > 15
    assert "drawn by networks" in page
    assert audobon("presets", "list", "--report", "presets.html").status == 51
