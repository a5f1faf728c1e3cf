"""``audobon quality score`` at the command line: on assets, files and folders, with palettes, and wrong."""

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bench.judged_faults import FAULTS
from bench.judged_sprites import members
from PIL import Image

from audobon_cli.engines.scoring.agreement import OTHER_TEXTS, Agreement, Points
from audobon_cli.library.quality_record import kept_score
from audobon_cli.media.image.pixels import Pixels, encode_png
from tests.conftest import Audobon
from tests.tiny_models.listeners import build_clip, build_siglip


def data(audobon: Audobon, *arguments: str) -> dict[str, Any]:
    """What a command gives to scripts."""
    ran = audobon(*arguments, "--json")
    assert ran.status == 0, ran.err
    found: dict[str, Any] = json.loads(ran.out.splitlines()[-1])["data"]
    return found


def disc(colour: tuple[int, int, int] = (200, 60, 50)) -> Pixels:
    """A disc in one colour, in 64 x 64 pixels."""
    rows, columns = np.indices((64, 64)) - 31.5
    made = np.zeros((64, 64, 4), dtype=np.uint8)
    made[rows**2 + columns**2 <= 24**2] = (*colour, 255)
    return made


@pytest.fixture
def art() -> Path:
    """A sound disc, one with specks, and nothing at all."""
    folder = Path("art")
    folder.mkdir()
    specks = disc()
    specks[[1, 1, 60], [2, 40, 61]] = (200, 60, 50, 255)
    for name, pixels in {"disc": disc(), "specks": specks, "nothing": np.zeros_like(specks)}.items():
        (folder / f"{name}.png").write_bytes(encode_png(pixels))
    return folder


def test_the_worst_come_first_with_reasons(audobon: Audobon, art: Path) -> None:
    found = data(audobon, "quality", "score", "art")
    assert [one["name"] for one in found["pictures"]] == ["nothing", "specks", "disc"]
    nothing, specks, sound = found["pictures"]
    assert nothing["why"] == ["hardly anything is to be seen"]
    assert specks["why"] == ["stray specks: 3"]
    assert sound["why"] == []
    assert (sound["passed"], specks["passed"], found["passed"]) == (True, False, False)
    assert all(0 <= one["score"] <= 1 for each in found["pictures"] for one in each["faults"])


def test_fail_has_a_status_and_threshold_moves_it(audobon: Audobon, art: Path) -> None:
    failed = audobon("quality", "score", "art", "--fail", "--json")
    assert failed.status == 3
    error = json.loads(failed.out.splitlines()[-1])["error"]
    assert error["code"] == "quality.low"
    assert [one["name"] for one in error["details"]["failed"]] == ["nothing", "specks"]
    assert audobon("quality", "score", "art/disc.png", "--fail").status == 0
    assert audobon("quality", "score", "art/specks.png", "--threshold", "0.05", "--fail").status == 0
    assert audobon("quality", "score", "art", "--threshold", "2").status == 2


def test_assets_are_scored_by_query(audobon: Audobon, art: Path) -> None:
    audobon("assets", "import", "art/disc.png", "art/specks.png", "--tag", "new")
    found = data(audobon, "quality", "score", "tag:new")
    assert [one["name"] for one in found["pictures"]] == ["specks", "disc"]
    assert audobon("quality", "score", "tag:none").status != 0


def test_colours_are_held_against_the_contract_s_palette_or_a_card(audobon: Audobon, art: Path) -> None:
    assert data(audobon, "quality", "score", "art/disc.png")["palette"] is None
    Path("audobon.toml").write_text('[contract]\npalette = "two.hex"\n')
    Path("two.hex").write_text("c83c32\n000000\n")
    blue = Path("blue.png")
    blue.write_bytes(encode_png(disc((40, 60, 220))))
    found = data(audobon, "quality", "score", "art/disc.png", "blue.png")
    assert [one["name"] for one in found["pictures"]] == ["blue", "disc"]
    assert found["pictures"][0]["why"] == ["100 % is outside of the palette"]
    assert found["pictures"][1]["why"] == []
    against = data(audobon, "quality", "score", "art/disc.png", "--against", "blue.png")
    assert against["palette"] == "blue.png"
    assert not against["passed"]


def test_of_an_animation_the_worst_frame_counts(audobon: Audobon) -> None:
    from PIL import Image

    frames = [Image.fromarray(disc()), Image.fromarray(np.roll(disc(), 24, axis=1))]
    frames[0].save("move.webp", save_all=True, append_images=frames[1:], lossless=True, duration=100)
    found = data(audobon, "quality", "score", "move.webp")["pictures"][0]
    assert found["frame"] == 2
    assert found["why"][0].startswith("frame 2: cut off along")


def test_the_page_shows_every_picture_and_is_not_overwritten(audobon: Audobon, art: Path) -> None:
    audobon("quality", "score", "art", "--report", "quality.html")
    page = Path("quality.html").read_text()
    assert page.count("data:image/png") == 3
    assert "stray specks: 3" in page
    assert audobon("quality", "score", "art", "--report", "quality.html").status == 51


@pytest.mark.parametrize(
    "fault", [name for name in FAULTS if name not in ("off_palette", "outline", "alignment")]
)
def test_a_planted_fault_lowers_its_own_score(audobon: Audobon, fault: str) -> None:
    Path("art").mkdir()
    lowered = 0
    for number, (_, pixels) in enumerate(members("plain", 4, 9)):
        made = FAULTS[fault](pixels, random.Random(number))
        assert made is not None
        for name, each in ((f"a{number}", pixels), (f"b{number}", made)):
            Path("art", f"{name}.png").write_bytes(encode_png(each))
    found = {
        one["name"]: {each["fault"]: each["score"] for each in one["faults"]}
        for one in data(audobon, "quality", "score", "art")["pictures"]
    }
    lowered = sum(found[f"b{number}"][fault] < found[f"a{number}"][fault] for number in range(4))
    assert lowered >= 3


def test_saved_scores_are_found_by_searches_and_go_with_the_pixels(audobon: Audobon, art: Path) -> None:
    audobon("assets", "import", "art")
    found = data(audobon, "quality", "score", "kind:sprite", "--save")
    assert found["saved"] == len(found["pictures"]) == 3
    scores = {one["name"]: one["score"] for one in found["pictures"]}
    exactly = scores["specks"]

    def names(query: str) -> set[str]:
        return {one["name"] for one in data(audobon, "assets", "search", query)["assets"]}

    assert names("score:>=0.5") == {"disc"}
    assert names("score:<0.5") == {"specks", "nothing"}
    assert names("disc OR specks -score:0..1") == {"disc"}
    assert names(f"score:{exactly - 0.002:.3f}..{exactly + 0.002:.3f}") == {"specks"}
    assert names("score:>0.5 OR name:nothing") == {"disc", "nothing"}
    shown = json.loads(audobon("assets", "show", "specks", "--json").out)["data"]["asset"]
    assert shown["metadata"]["quality_score"]["fault"] == "stray"
    assert kept_score(shown["metadata"], shown["blob"]) == exactly
    assert kept_score(shown["metadata"], "another") is None, "the score of other pixels is nobody's"
    assert audobon("quality", "score", "art", "--save").status == 2
    assert audobon("assets", "search", "score:good").status == 2


def test_agreement_tells_pictures_from_others_words(audobon: Audobon) -> None:
    for words in ("red apple", "spider"):
        audobon("generate", words, "--seed", "1", "--out", f"{words.split()[-1]}.png")
    own = data(audobon, "quality", "score", "apple.png", "spider.png", "--agreement", "0.8")
    assert own["scorer"] == "sprite"
    assert {one["name"]: one["agreement"] >= 0.8 for one in own["pictures"]} == {
        "apple": True,
        "spider": True,
    }
    told = data(audobon, "quality", "score", "apple.png", "spider.png", "--prompt", "spider")
    shown = {one["name"]: one for one in told["pictures"]}
    assert shown["spider"]["agreement"] > shown["apple"]["agreement"] + 0.2
    assert not shown["apple"]["passed"]
    assert shown["apple"]["why"][0].startswith("fits 'spider' better than ")
    failed = audobon("quality", "score", "apple.png", "--prompt", "spider", "--fail", "--json")
    assert failed.status == 3


def test_what_nobody_described_has_no_agreement(audobon: Audobon, art: Path) -> None:
    found = data(audobon, "quality", "score", "art", "--agreement", "0.8")
    assert {one["agreement"] for one in found["pictures"]} == {None}


@pytest.mark.parametrize("kind", ["clip", "siglip"])
def test_a_pulled_network_tells_agreement_and_is_named(audobon: Audobon, art: Path, kind: str) -> None:
    """Random weights: what it says means nothing, but it is said, and is the same again."""
    build = {"clip": build_clip, "siglip": build_siglip}[kind]
    folder = str(build(Path(f"tiny-{kind}")))
    ask = ("quality", "score", "art/disc.png", "--prompt", "red ball", "--scorer", folder, "--agreement", "0")
    found = data(audobon, *ask)
    assert found["scorer"] == f"tiny-{kind}"
    (disc_score,) = found["pictures"]
    assert 0 <= disc_score["agreement"] <= 1
    assert abs(disc_score["cosine"]) <= 1
    assert data(audobon, *ask) == found
    assert audobon(*ask[:-4], "--scorer", "synth").status == 2


def test_agreement_is_the_share_of_other_texts_that_fit_less() -> None:
    class Line:
        """Words and pictures on a circle: every other text lies at its place in the list."""

        name = "line"

        def points(self, images: Sequence[Image.Image]) -> Points:
            return self._at([0.0] * len(images))

        def meanings(self, texts: Sequence[str]) -> Points:
            return self._at(
                [OTHER_TEXTS.index(one) + 1.0 if one in OTHER_TEXTS else float(one) for one in texts]
            )

        def _at(self, degrees: Sequence[float]) -> Points:
            turned = np.radians(np.array(degrees))
            return np.stack([np.cos(turned), np.sin(turned)], axis=1).astype(np.float32)

    judge = Agreement(Line())
    picture = Image.new("RGBA", (4, 4))
    assert judge.score(picture, "0.5").share == 1
    assert judge.score(picture, "150").share == 0
    assert judge.score(picture, "40.5").share == pytest.approx(59 / 99, abs=1e-4)
    assert judge.score(picture, "60.5").cosine == pytest.approx(0.4924, abs=1e-4)
