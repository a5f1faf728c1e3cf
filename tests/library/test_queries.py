"""Queries over a library find what a plain look at every asset finds."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audobon_cli.domain.asset import Asset, AssetKind
from audobon_cli.domain.errors import AssetNotFound, InvalidInput, QueryInvalid
from audobon_cli.library.add import add_assets
from audobon_cli.library.semantic_search import WordTable
from audobon_cli.library.store.library import Library
from audobon_cli.library.store.search import index
from audobon_cli.library.store.search.facets import PLANE_SIZE, token
from audobon_cli.library.store.search.index import Paging
from audobon_cli.library.store.search.query import Order, parse_query
from audobon_cli.media.types import Appearance
from tests.library.samples import draft, picture

NAMES = ("red dragon", "blue dragon", "iron sword", "ghost", "house", "龙 红", "don't")
MODELS = ("sdxl-base", "flux", "")
CATEGORIES = ("characters/enemies", "characters", "characters/enemies/big", "items", "")
COLORS = ((0x3A, 0x9D, 0x23), (255, 0, 0), (0, 0, 0))


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    library = Library.create(tmp_path_factory.mktemp("queries"))
    pictures = [
        (
            draft(
                NAMES[n % 7],
                kind=list(AssetKind)[n % 5],
                model=MODELS[n % 3],
                category=CATEGORIES[n % 5],
                tags=tuple(
                    tag for place, tag in enumerate(("boss", "Wip", "big cat")) if n % (place + 2) == 0
                ),
                rating=None if n % 4 == 0 else n % 6,
                width=(16, 64, 512, 1999, 512)[n % 5],
                height=(16, 32, 100, 5)[n % 4],
                created=datetime(2024 + n % 3, 1 + n % 12, 1 + n % 28, tzinfo=UTC),
                prompt="a knight" if n % 3 else "night sky",
            ),
            picture(n),
        )
        for n in range(120)
    ]
    filed = [one.asset for one in add_assets(library, pictures)]
    with library.change() as changes:
        for place, asset in enumerate(filed):
            changes.look(asset.id, Appearance(place + 1, (COLORS[place % 3],)))
    yield library
    library.close()


CHECKS: dict[str, Callable[[Asset], bool]] = {
    "(name:ghost OR dragon)": lambda a: a.name == "ghost" or "dragon" in a.name,
    "((name:ghost OR name:house) tag:boss)": lambda a: a.name in ("ghost", "house") and "boss" in a.tags,
    "(-(name:ghost OR tag:boss))": lambda a: a.name != "ghost" and "boss" not in a.tags,
    "(-(name:ghost tag:boss))": lambda a: not (a.name == "ghost" and "boss" in a.tags),
    "(name:ghost OR -name:house)": lambda a: a.name != "house",
    "((-name:ghost OR kind:sheet) -name:house)": lambda a: (
        (a.name != "ghost" or a.kind is AssetKind.SHEET) and a.name != "house"
    ),
    "dragon": lambda a: "dragon" in a.name,
    "dra": lambda a: "dragon" in a.name,
    "knight": lambda a: "knight" in a.prompt,
    '"red dragon"': lambda a: a.name == "red dragon",
    '"dragon red"': lambda a: False,
    "红": lambda a: "红" in a.name,
    "kind:sprite": lambda a: a.kind is AssetKind.SPRITE,
    "KIND:Sprite": lambda a: a.kind is AssetKind.SPRITE,
    "kind:*": lambda a: True,
    "model:sdxl": lambda a: "sdxl" in a.model,
    "tag:boss": lambda a: "boss" in a.tags,
    "tag:wip": lambda a: "Wip" in a.tags,
    'tag:"big cat"': lambda a: "big cat" in a.tags,
    "tag:b*": lambda a: "boss" in a.tags or "big cat" in a.tags,
    "size:>=512": lambda a: max(a.width, a.height) >= 512,
    "size:<512": lambda a: max(a.width, a.height) < 512,
    "size:100..1000": lambda a: 100 <= max(a.width, a.height) <= 1000,
    "size:64x32": lambda a: (a.width, a.height) == (64, 32),
    "rating:>3": lambda a: (a.rating or 0) > 3,
    "rating:2": lambda a: a.rating == 2,
    "rating:0..2": lambda a: a.rating is not None and a.rating <= 2,
    "created:2025": lambda a: a.created.year == 2025,
    "created:2025-03..": lambda a: f"{a.created:%Y-%m}" >= "2025-03",
    "created:>2025-03-02": lambda a: f"{a.created:%Y-%m-%d}" > "2025-03-02",
    "created:<=2024-06": lambda a: f"{a.created:%Y-%m}" <= "2024-06",
    "created:2024-05-10..2025-02-11": lambda a: "2024-05-10" <= f"{a.created:%Y-%m-%d}" <= "2025-02-11",
    "in:characters": lambda a: a.category == "characters",
    "in:characters/**": lambda a: a.category.split("/")[0] == "characters",
    "in:characters/enemies/**": lambda a: a.category.startswith("characters/enemies"),
    "name:ghost": lambda a: a.name == "ghost",
}


@pytest.mark.parametrize("scanned", [0, 10**9])
@pytest.mark.parametrize("text", [text for text in CHECKS if "name:" in text])
def test_what_is_picked_is_found_both_ways(
    library: Library, text: str, scanned: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "SCANNED_A_PICK", scanned)
    for more in ("kind:sprite", "dragon OR ghost", "-tag:boss"):
        wanted = {asset.id for asset in library.assets.matching(text)} & {
            asset.id for asset in library.assets.matching(more)
        }
        found = library.assets.matching(f"{text} ({more})")
        assert {asset.id for asset in found} == wanted


@pytest.mark.parametrize("text", list(CHECKS))
def test_each_field_finds_what_it_says(library: Library, text: str) -> None:
    everything = library.assets.matching("")
    wanted = [asset.id for asset in everything if CHECKS[text](asset)]
    assert [asset.id for asset in library.assets.matching(text)] == wanted
    excluded = [asset.id for asset in everything if not CHECKS[text](asset)]
    assert [asset.id for asset in library.assets.matching(f"-{text}")] == excluded


@settings(deadline=None, max_examples=150)
@given(st.lists(st.tuples(st.booleans(), st.sampled_from([*CHECKS])), min_size=1, max_size=4), st.booleans())
def test_fields_together_find_what_all_or_any_of_them_say(
    library: Library, chosen: list[tuple[bool, str]], any_of: bool
) -> None:
    text = (" OR " if any_of else " ").join(f"{'-' * excluded}{part}" for excluded, part in chosen)
    scorer = any if any_of else all
    wanted = [
        asset.id
        for asset in library.assets.matching("")
        if scorer(CHECKS[part](asset) != excluded for excluded, part in chosen)
    ]
    assert [asset.id for asset in library.assets.matching(text)] == wanted


def test_a_colour_finds_those_painted_with_it_or_nearly(library: Library) -> None:
    green = {asset.id for asset in library.assets.matching("palette:#3a9d23")}
    assert len(green) == 40
    assert {asset.id for asset in library.assets.matching("palette:#3c9b25")} == green
    assert library.assets.matching("palette:#8080ff") == ()


@pytest.mark.parametrize("order", list(Order))
@pytest.mark.parametrize("text", ["", "dragon", "kind:sprite", "name:ghost"])
def test_pages_of_every_order_hold_every_asset_once(library: Library, text: str, order: Order) -> None:
    query, seen, after = parse_query(text), [], None
    while True:
        page = library.assets.find(query, Paging(order, 7, after))
        seen += page.assets
        if page.after is None:
            break
        after = page.after
    assert len(seen) == len({asset.id for asset in seen}) == len(library.assets.matching(text)) == page.total
    keys = {
        Order.NAME: [asset.name for asset in seen],
        Order.LARGEST: [-asset.size_bytes for asset in seen],
        Order.RATING: [-(-1 if asset.rating is None else asset.rating) for asset in seen],
    }
    if order in keys:
        assert keys[order] == sorted(keys[order])


def test_relations_find_what_derives(library: Library) -> None:
    first, second, *_ = library.assets.matching("ghost")
    assert library.assets.matching(f"derived-from:{first.id}") == ()
    with pytest.raises(AssetNotFound):
        library.assets.matching("derived-from:nothing")
    assert len(library.assets.matching(f"(derived-from:{second.id} OR ghost)")) == 17


def test_too_many_alternatives_with_names_are_refused(library: Library) -> None:
    text = " ".join("(name:ghost OR name:house)" for _ in range(9))
    with pytest.raises(QueryInvalid):
        library.assets.matching(text)


def test_words_of_like_meaning_come_after_the_words_themselves(library: Library) -> None:
    page = library.assets.find(parse_query("scary monster"), Paging(Order.RELEVANCE, 10), WordTable())
    # One of each word in turn: ghosts do not fill the page before the first dragon.
    assert {page.assets[0].name, page.assets[1].name.split()[-1]} == {"ghost", "dragon"}
    assert page.total == 0
    assert page.near == {asset.id for asset in page.assets}
    page = library.assets.find(parse_query("ghost"), Paging(Order.RELEVANCE, 100), WordTable())
    assert [asset.name for asset in page.assets][:17] == ["ghost"] * 17
    only = library.assets.find(
        parse_query("scary monster kind:sheet"), Paging(Order.RELEVANCE, 50), WordTable()
    )
    assert {asset.kind for asset in only.assets} <= {AssetKind.SHEET}


def test_beside_what_holds_the_word_only_what_is_really_near_is_shown(library: Library) -> None:
    """A library of a few things has nothing to fill the page with: a sword is no dragon."""
    names = ("iron_sword", "castle", "red_apple", "house_cat", "serpent", "goblin")
    add_assets(
        library,
        [(draft(name, prompt=name.replace("_", " ")), picture(700 + n)) for n, name in enumerate(names)],
    )

    def near(text: str) -> set[str]:
        page = library.assets.find(parse_query(text), Paging(Order.RELEVANCE, 100), WordTable())
        return {asset.name for asset in page.assets if asset.id in page.near}

    assert {"serpent", "goblin"} <= near("dragon")
    assert not near("dragon") & {"iron_sword", "castle", "red_apple", "house_cat", "ghost"}
    assert "iron_sword" in near("weapon"), "nothing holds the word itself"


def test_a_word_that_the_table_does_not_have_is_near_to_nothing() -> None:
    assert WordTable()(["qwertzuiop"]) == []
    assert {"wolf", "ghost"} & {word for word, _ in WordTable()(["wolves", "ghost"])}


def test_meaning_keeps_to_what_is_picked(library: Library) -> None:
    page = library.assets.find(
        parse_query("scary monster name:ghost"), Paging(Order.RELEVANCE, 50), WordTable()
    )
    assert {asset.name for asset in page.assets} == {"ghost"}
    page = library.assets.find(
        parse_query("scary monster -name:ghost"), Paging(Order.RELEVANCE, 50), WordTable()
    )
    assert page.assets
    assert "ghost" not in {asset.name for asset in page.assets}
    text = "scary monster name:ghost kind:sheet"
    page = library.assets.find(parse_query(text), Paging(Order.RELEVANCE, 50), WordTable())
    assert {(asset.name, asset.kind) for asset in page.assets} <= {("ghost", AssetKind.SHEET)}


def test_words_without_a_meaning_of_their_own_are_passed_over() -> None:
    table = WordTable()
    assert table(["a", "ghost", "of", "the"]) == table(["ghost"])
    assert table(["of", "the"]) == []
    assert "spider" in [word for word, _ in table(["scary", "animal"])][:20]


def test_pages_by_meaning_stay_as_they_were_when_assets_are_added(library: Library) -> None:
    table, query = WordTable(), parse_query("scary monster")
    whole = library.assets.find(query, Paging(Order.RELEVANCE, 100), table)
    first = library.assets.find(query, Paging(Order.RELEVANCE, 10), table)
    add_assets(library, [(draft("zombie", prompt="vampire demon"), picture(500 + n)) for n in range(30)])
    second = library.assets.find(query, Paging(Order.RELEVANCE, 90, first.after), table)
    assert [asset.id for asset in (*first.assets, *second.assets)] == [asset.id for asset in whole.assets]


@given(st.integers(0, 10 * PLANE_SIZE))
def test_facets_are_written_apart_from_each_other_and_from_words(number: int) -> None:
    written = token(number)
    assert all("\U000f0000" <= character <= "\U0010fffd" for character in written)
    assert written != token(number + 1)
    assert len(written) == 1 + (number >= 2 * PLANE_SIZE)


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("scary monster", Order.RELEVANCE),
        *((text, order) for text in ("dragon", "", "tag:boss OR name:house") for order in Order),
    ],
)
def test_going_through_pages_and_throwing_away_what_was_shown_skips_nothing(
    tmp_path: Path, text: str, order: Order
) -> None:
    library = Library.create(tmp_path / "library")
    names = ("red dragon", "dragon", "house", "ghost", "zombie")
    pictures = [
        (draft(names[n % 5], tags=("boss",), rating=n % 4 or None, prompt="old " * (n % 3)), picture(n))
        for n in range(60)
    ]
    add_assets(library, pictures)
    everything = library.assets.find(parse_query(text), Paging(order, 100), WordTable()).assets
    assert len(everything) >= 24
    seen: set[str] = set()
    after: str | None = None
    for turn in range(100):
        page = library.assets.find(parse_query(text), Paging(order, 7, after), WordTable())
        seen |= {asset.id for asset in page.assets}
        thrown = page.assets if turn % 2 else page.assets[::2]
        with library.change() as changes:
            for asset in thrown:
                changes.trash(asset.id, 1)
        after = page.after
        if after is None:
            break
    assert seen >= {asset.id for asset in everything}
    library.close()


def test_a_page_that_ended_with_what_was_purged_since_is_an_error(tmp_path: Path) -> None:
    library = Library.create(tmp_path / "library")
    add_assets(library, [(draft("dragon"), picture(n)) for n in range(5)])
    for text, order in (("dragon", Order.RELEVANCE), ("", Order.NAME)):
        page = library.assets.find(parse_query(text), Paging(order, 2))
        with library.change() as changes:
            changes.trash(page.assets[-1].id, 1)
            changes.purge(page.assets[-1].id)
        with pytest.raises(InvalidInput, match="purged"):
            library.assets.find(parse_query(text), Paging(order, 2, page.after))
    library.close()
