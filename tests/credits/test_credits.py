"""What a set owes: hands, models with what taught them, authors of files; as a page and for scripts."""

import json
from pathlib import Path

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from audobon_cli.credits.model_cards import TrainingSource, training_sources
from tests.conftest import Audobon

CARD = """---
license: mit
datasets:
- someone/birds
- 'other/trees'
---

# A model
"""


def painted(name: str, **texts: str) -> None:
    """A picture that somebody painted, with what they wrote into it."""
    info = PngInfo()
    for key, text in texts.items():
        info.add_itxt(key, text)
    Image.fromarray(np.full((8, 8, 4), 90, dtype=np.uint8)).save(f"{name}.png", pnginfo=info)


def test_cards_name_what_taught_a_model(tmp_path: Path) -> None:
    assert training_sources(tmp_path) == ()
    (tmp_path / "README.md").write_text(CARD)
    assert training_sources(tmp_path) == (
        TrainingSource("someone/birds", ""),
        TrainingSource("other/trees", ""),
    )
    (tmp_path / "README.md").write_text(
        "| x | y |\n|-|-|\n| a | b |\n\n| package | Licence |\n|---|---|\n| `p` 1 | MIT |\n"
    )
    assert training_sources(tmp_path) == (TrainingSource("p 1", "MIT"),)


def test_a_set_of_all_kinds(audobon: Audobon) -> None:
    audobon("generate", "golden sword", "--style", "vivid", "--seed", "1")
    audobon("generate", "dragon", "--seed", "1", "--strength", "0.5", "--quality", "draft")
    painted("tree", Author="Ann *Painter*", Copyright="(c) Ann", License="CC-BY-4.0")
    painted("stone")
    packet = (
        "<dc:creator><rdf:Seq><rdf:li>Bob</rdf:li></rdf:Seq></dc:creator>"
        "<dc:rights><rdf:Alt><rdf:li>(c) Bob</rdf:li></rdf:Alt></dc:rights>"
    )
    painted("bush", **{"XML:com.adobe.xmp": packet})
    audobon("assets", "import", "tree.png", "stone.png", "bush.png")
    audobon("sprite", "outline", "tree", "--name", "edged")
    ran = audobon(
        "assets",
        "credits",
        "golden_sword",
        "dragon",
        "edged",
        "stone",
        "bush",
        "--json",
        "--out",
        "CREDITS.md",
    )
    assert ran.status == 0, ran.err
    assert {credit["licence"] for credit in ran.data["credits"]} >= {"Apache-2.0"}
    (model,) = ran.data["models"]
    assert (model["model"], len(model["assets"])) == ("sprite", 1)
    assert {source["licence"] for source in model["sources"]} >= {"MIT", "CC-BY-4.0", "CC0-1.0"}
    whose = {one["name"]: (one["author"], one["copyright"], one["licence"]) for one in ran.data["imported"]}
    assert whose == {
        "tree": ("Ann *Painter*", "(c) Ann", "CC-BY-4.0"), "stone": ("", "", ""), "bush": ("Bob", "(c) Bob", ""),
    }  # fmt: skip
    page = Path("CREDITS.md").read_text()
    assert "Ann \\*Painter\\*, (c) Ann, CC-BY-4.0" in page
    assert "stone: nothing in the file says whose it is" in page
    assert "taught with @iconify-json/twemoji 1.2.5 (CC-BY-4.0)" in page
    assert audobon("assets", "credits", "stone", "--out", "CREDITS.md").status == 51
    assert audobon("assets", "credits", "stone", "--out", "x.txt").status == 2
    audobon("assets", "credits", "stone", "--out", "x.json")
    assert json.loads(Path("x.json").read_text())["imported"][0]["name"] == "stone"


def test_who_owes_nothing_is_told_so(audobon: Audobon) -> None:
    audobon("sound", "make", "coin pickup", "--seed", "1")
    audobon("assets", "credits", "coin_pickup", "--out", "CREDITS.md")
    assert "Nothing is owed to anybody." in Path("CREDITS.md").read_text()
