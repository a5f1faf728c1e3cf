"""``generate --style-of`` and ``style transfer``: pictures come nearer to a card, and are made again byte for byte."""

import json
from pathlib import Path

import pytest

from audobon_cli.media.image.png import read_recipe
from tests.cli.test_style import data, dump
from tests.conftest import Audobon


@pytest.fixture
def cards(audobon: Audobon) -> Audobon:
    """A library with a card of pixel art and one of inked drawings."""
    dump("pixels", "pixels 16", 10)
    dump("inked", "inked", 10)
    data(audobon, "style", "learn", "pixels", "--name", "art")
    data(audobon, "style", "learn", "inked", "--name", "ink")
    return audobon


def apart(audobon: Audobon, picture: str, card: str) -> float:
    """The distance of one picture from a card."""
    found = data(audobon, "style", "check", picture, "--against", card)
    return float(found["pictures"][0]["distance"])


def test_a_picture_in_a_style_is_near_to_it_and_reproduced(cards: Audobon) -> None:
    data(cards, "generate", "red dragon", "--seed", "3", "--out", "plain.png")
    made = data(cards, "generate", "red dragon", "--seed", "3", "--style-of", "art", "--out", "styled.png")
    assert apart(cards, "styled.png", "art") <= apart(cards, "plain.png", "art") / 2
    recipe = read_recipe(Path("styled.png"))
    assert recipe is not None
    card = data(cards, "assets", "show", "art")["asset"]
    assert (recipe.dress["asset"], recipe.dress["blob"]) == (card["id"], card["blob"])
    assert recipe.dress["cell"] == 4
    asset = made["assets"][0]["id"]
    assert data(cards, "reproduce", asset)["assets"][0]["status"] == "identical"


def test_it_is_reproduced_without_the_card_too(cards: Audobon) -> None:
    made = data(cards, "generate", "sword", "--seed", "5", "--style-of", "ink")
    cards("assets", "trash", "ink")
    assert data(cards, "reproduce", made["assets"][0]["id"])["assets"][0]["status"] == "identical"


def test_pictures_themselves_say_a_style(cards: Audobon) -> None:
    data(cards, "generate", "potion", "--seed", "1", "--style-of", "pixels/pixels_0.png", "--out", "one.png")
    recipe = read_recipe(Path("one.png"))
    assert recipe is not None
    assert recipe.dress["card"]
    assert "asset" not in recipe.dress


def test_a_style_is_of_pixels_that_are_drawn_here(cards: Audobon) -> None:
    vectors = cards("generate", "sword", "--style-of", "ink", "--out", "sword.svg")
    assert vectors.status == 2
    assert "applied to pixels" in vectors.err
    assert cards("generate", "sword", "--style-of", "nobody").status == 11


def test_transfer_brings_a_picture_to_a_card_and_is_replayed(cards: Audobon) -> None:
    dump("plain", "plain", 2)
    cards("assets", "import", "plain")
    made = data(cards, "style", "transfer", "plain_0", "plain_1", "--card", "art")
    names = [one["name"] for one in made["results"]]
    assert names == ["plain_0_styled", "plain_1_styled"]
    assert apart(cards, names[0], "art") < apart(cards, "plain_0", "art")
    replayed = data(cards, "sprite", "replay", "plain_0")
    assert [(one["operation"], one["status"]) for one in replayed["assets"]] == [
        ("style-transfer", "identical")
    ]


def test_transfer_of_files_needs_no_library_and_nothing_of_it_is_little(cards: Audobon) -> None:
    dump("plain", "plain", 1)
    cards("style", "learn", "inked", "--out", "ink.png")
    for strength in ("1", "0"):
        ran = cards(
            *("style", "transfer", "plain/plain_0.png", "--card", "ink.png", "--strength", strength),
            *("--out", f"styled_{strength}.png", "--json"),
        )
        assert json.loads(ran.out.splitlines()[-1])["ok"]
    assert apart(cards, "styled_1.png", "ink.png") < apart(cards, "plain/plain_0.png", "ink.png")
    assert cards("style", "transfer", "plain/plain_0.png", "--card", "ink.png").status == 2


def test_a_contract_holds_pictures_to_a_card(cards: Audobon) -> None:
    data(cards, "style", "learn", "inked", "--name", "ink", "--out", "ink.png")
    for card in ("art", "ink.png"):
        Path("audobon.toml").write_text(f'[contract]\nstyle_card = "{card}"\n', encoding="utf-8")
        other = "pixels/pixels_0.png" if card == "ink.png" else "inked/inked_0.png"
        assert cards("sprite", "check", other, "--fail").status == 3
    made = cards("generate", "red dragon", "--style", "silhouette", "--seed", "2")
    assert "style_distance" in made.err
    lifted = cards("sprite", "check", other, "--fail", "--threshold", "style_distance=6")
    assert lifted.status == 0, lifted.err


def test_a_contract_with_a_card_that_is_none_is_told(cards: Audobon) -> None:
    Path("audobon.toml").write_text('[contract]\nstyle_card = "nobody"\n', encoding="utf-8")
    assert cards("sprite", "check", "inked/inked_0.png").status == 11


def test_a_job_of_the_queue_is_drawn_in_the_style_that_was_meant(cards: Audobon) -> None:
    data(cards, "generate", "sword", "--seed", "4", "--style-of", "art", "--out", "now.png")
    assert (
        cards("queue", "add", "sword", "--seed", "4", "--style-of", "art", "--out", "later.png").status == 0
    )
    cards("assets", "rename", "art", "other")
    assert cards("queue", "run").status == 0
    assert Path("later.png").read_bytes() == Path("now.png").read_bytes()


def test_an_asset_goes_before_a_folder_of_its_name(cards: Audobon) -> None:
    Path("art").mkdir()
    asset = data(cards, "assets", "show", "art")["asset"]["id"]
    data(cards, "generate", "sword", "--seed", "1", "--style-of", "art", "--out", "one.png")
    recipe = read_recipe(Path("one.png"))
    assert recipe is not None
    assert recipe.dress["asset"] == asset
    empty = cards("style", "check", "one.png", "--against", "art/")
    assert empty.status == 2
    assert "None of these is a picture" in empty.err
    assert data(cards, "style", "check", "one.png", "--against", "pixels")["against"]["name"] == "pixels"


def test_a_folder_of_too_much_is_refused_before_it_is_read(
    cards: Audobon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("audobon_cli.sprites.style_cards.MOST_LEARNT_FILES", 9)
    ran = cards("generate", "sword", "--style-of", "pixels")
    assert ran.status == 2
    assert "more than 9 pictures" in ran.err
    monkeypatch.setattr("audobon_cli.sprites.style_cards.MOST_WALKED", 9)
    assert "files and folders" in cards("generate", "sword", "--style-of", "./pixels").err
    assert cards("style", "check", "pixels").status == 0, "who names a set means all of it"
