"""Assets are found by id, by name and by word, and listed page by page."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audobon_cli.domain.asset import Asset
from audobon_cli.domain.errors import (
    AssetAmbiguous,
    AssetNotFound,
    InvalidInput,
    LibraryCorrupt,
    QueryInvalid,
)
from audobon_cli.domain.ids import AssetId
from audobon_cli.library.add import AssetDraft, add_asset, add_assets
from audobon_cli.library.store.library import Library
from audobon_cli.library.store.rows import EPOCH, Relation, RelationKind, microseconds, moment
from audobon_cli.library.store.search.index import SEARCH_CAP, Paging
from audobon_cli.library.store.search.query import AllOf, Order, Words
from audobon_cli.library.store.search.tokenizer import words
from tests.library.samples import draft, picture, recipe

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def _file(library: Library, *drafts: AssetDraft) -> list[Asset]:
    start = library.assets.count()
    pairs = [(one, picture(start + number)) for number, one in enumerate(drafts)]
    return [filed.asset for filed in add_assets(library, pairs)]


def _names(found: object) -> list[str]:
    return [asset.name for asset in found.assets]  # type: ignore[attr-defined]


def test_an_asset_comes_back_with_all_that_was_known_of_it(library: Library) -> None:
    full = draft(
        "дракон 龙 🐉", created=NOON + timedelta(microseconds=7), prompt="a\nprompt", model="m", quality="q",
        style="s", seed=2**63 - 1, category="c", tags=("b", "a", "b"), note="n", rating=5,
        duration_seconds=1.25, recipe=recipe(),
    )  # fmt: skip
    (asset,) = _file(library, full)
    assert library.assets.get(asset.id) == asset
    assert asset.tags == ("b", "a")
    assert asset.recipe == recipe()
    assert asset.created == NOON + timedelta(microseconds=7)


@given(st.datetimes(timezones=st.timezones()))
def test_times_lose_nothing(when: datetime) -> None:
    assert moment(microseconds(when)) == when.astimezone(UTC)
    assert microseconds(EPOCH) == 0


def test_a_reference_is_an_id_its_beginning_or_a_name(library: Library) -> None:
    first, second = _file(library, draft("dragon"), draft("Ritter Kunibert"))
    assert library.assets.resolve(first.id) == first
    assert library.assets.resolve(first.id.upper()) == first
    assert library.assets.resolve(second.id[:6]) == second
    assert library.assets.resolve("Ritter Kunibert") == second


def test_three_characters_of_an_id_are_too_few(library: Library) -> None:
    (asset,) = _file(library, draft("dragon"))
    with pytest.raises(AssetNotFound):
        library.assets.resolve(asset.id[:3])


@pytest.mark.parametrize("reference", ["", " ", "\0", "\udc80", "%", "' OR 1=1 --", "x" * 10_000, "🐉"])
def test_a_reference_to_nothing_is_not_found_whatever_it_holds(library: Library, reference: str) -> None:
    _file(library, draft("dragon"))
    with pytest.raises(AssetNotFound):
        library.assets.resolve(reference)


def test_near_names_are_offered(library: Library) -> None:
    _file(library, draft("red dragon"), draft("knight"))
    with pytest.raises(AssetNotFound) as caught:
        library.assets.resolve("red drgaon")
    assert caught.value.details["near_names"] == ["red dragon"]
    assert "red dragon" in caught.value.hint


def test_a_name_that_two_assets_share_is_ambiguous_and_both_are_listed(library: Library) -> None:
    both = _file(library, draft("dragon"), draft("dragon"))
    with pytest.raises(AssetAmbiguous) as caught:
        library.assets.resolve("dragon")
    candidates = caught.value.details["candidates"]
    assert {one["id"] for one in candidates} == {asset.id for asset in both}  # type: ignore[attr-defined]


def test_a_name_that_is_also_the_beginning_of_an_id_is_never_guessed(library: Library) -> None:
    (asset,) = _file(library, draft("dragon"))
    _file(library, draft(asset.id[:5]))
    with pytest.raises(AssetAmbiguous):
        library.assets.resolve(asset.id[:5])


def test_what_is_in_the_trash_is_not_found_or_counted(library: Library) -> None:
    asset, kept = _file(library, draft("dragon", tags=("x",)), draft("dragon two"))
    with library.change() as changes:
        changes.trash(asset.id, 1)
    assert library.assets.count() == 1
    assert _names(library.assets.list()) == _names(library.assets.search("dragon")) == [kept.name]
    with pytest.raises(AssetNotFound):
        library.assets.resolve(asset.id)
    assert library.database.problems() == library.assets.problems() == ()
    with library.change() as changes:
        changes.restore(asset.id)
        changes.trash(kept.id, 2)
        changes.purge(kept.id)
    assert _names(library.assets.search("dragon")) == ["dragon"]
    assert library.database.problems() == library.assets.problems() == ()


def test_pages_hold_every_asset_once_newest_first(library: Library) -> None:
    when = [NOON + timedelta(seconds=number // 3) for number in range(20)]  # several at one moment
    _file(library, *(draft(f"{number:02}", created=created) for number, created in enumerate(when)))
    seen: list[str] = []
    after = None
    while True:
        page = library.assets.list(limit=3, after=after)
        assert page.total >= 20
        seen += _names(page)
        _file(library, draft("newcomer"))
        if page.after is None:
            break
        after = page.after
    assert seen == [f"{number:02}" for number in reversed(range(20))]


def test_a_cursor_that_is_none_is_refused(library: Library) -> None:
    with pytest.raises(InvalidInput):
        library.assets.list(after="yesterday")


def test_the_edges_of_a_page(library: Library) -> None:
    _file(library, draft("a"), draft("b"))
    assert library.assets.list(limit=0).assets == library.assets.list(limit=-5).assets == ()
    assert library.assets.list(limit=2).after is None
    assert library.assets.list(limit=2).total == 2


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("dragon", {"red dragon", "dragonfly"}),
        ("drag RED", {"red dragon"}),
        ("d", {"red dragon", "dragonfly", "don't stop"}),
        ("cafe", {"café"}),
        ("CAFÉ", {"café"}),
        ("don't", {"don't stop"}),
        ("st don", {"don't stop"}),
        ("龙", {"龙之谷"}),
        ("谷", {"龙之谷"}),
        ("flames", {"red dragon"}),
        ("boss", {"dragonfly"}),
        ("wings", {"café"}),
        ("dragon knight", set()),
        ("🐉", {"flag 🐉🏴‍☠️"}),
        ("🏴‍☠️", {"flag 🐉🏴‍☠️"}),
        ("dragon 🐉", set()),
    ],
)
def test_a_search_wants_every_word_as_a_beginning_in_any_text(
    library: Library, text: str, found: set[str]
) -> None:
    _file(
        library,
        draft("red dragon", prompt="breathing flames"),
        draft("dragonfly", tags=("boss", "small")),
        draft("café", note="has wings"),
        draft("don't stop"),
        draft("龙之谷"),
        draft("flag 🐉🏴‍☠️"),
    )
    assert set(_names(library.assets.search(text))) == found


def test_a_name_counts_more_than_a_prompt_and_newer_more_than_older(library: Library) -> None:
    _file(
        library,
        draft("a", prompt="dragon"),
        draft("dragon b"),
        draft("dragon c"),
        draft("d", prompt="dragon"),
    )
    assert _names(library.assets.search("dragon")) == ["dragon c", "dragon b", "d", "a"]


def test_blank_text_lists_the_newest(library: Library) -> None:
    _file(library, draft("a"), draft("b"))
    assert library.assets.search("  \n") == library.assets.list()


NASTY = [
    '"',
    '""',
    "'",
    "*",
    "(",
    ")",
    "NEAR(",
    "AND",
    "OR NOT",
    "name:",
    "^a",
    "-",
    "+",
    "\0",
    "\udc80",
    "{a b}",
    "🐉",
]


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(text=st.one_of(st.text(), st.lists(st.sampled_from([*NASTY, "dragon", "red"])).map(" ".join)))
def test_text_is_searched_for_or_refused_as_a_query(library: Library, text: str) -> None:
    if library.assets.count() == 0:
        _file(library, draft("red dragon", tags=("a", "or")))
    try:
        page = library.assets.search(text)
    except QueryInvalid:
        return
    assert page.total == len(page.assets)
    assert len(library.assets.matching(text)) == page.total


@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(name=st.text(min_size=1, max_size=30).filter(lambda name: name.strip()))
def test_an_asset_is_found_by_its_own_name_in_any_script(library: Library, name: str) -> None:
    asset = add_asset(library, draft(name), name.encode()).asset
    wanted = AllOf((Words(name),))
    found = library.assets.find(wanted, Paging(Order.RELEVANCE, SEARCH_CAP)).assets
    assert (asset in found) == bool(words(name))


def test_a_search_with_very_many_hits_ranks_the_newest_and_says_so(library: Library) -> None:
    _file(library, draft("dragon dragon dragon"), *(draft(f"dragon {n}") for n in range(SEARCH_CAP + 5)))
    page = library.assets.search("dragon", limit=2000)
    assert (page.total, page.total_is_exact, len(page.assets)) == (SEARCH_CAP, False, SEARCH_CAP)
    assert "dragon dragon dragon" not in _names(page)
    assert len(library.assets.matching("dragon")) == SEARCH_CAP + 6


def test_a_beginning_that_hundreds_of_words_share_still_finds_them(library: Library) -> None:
    _file(library, *(draft(f"star{number:04}") for number in range(400)))
    assert library.assets.search("star", limit=500).total == 400
    assert library.assets.search("s").total == 0  # too many: only the letter as a word of its own


def test_the_same_is_same_bytes_and_same_recipe(library: Library) -> None:
    asset = add_asset(library, draft(recipe=recipe(1)), b"x").asset
    assert library.assets.find_same(asset.blob, recipe(1).digest) == asset
    assert library.assets.find_same(asset.blob, recipe(2).digest) is None
    assert library.assets.find_same(asset.blob, None) is None


def test_relations_are_seen_from_both_ends(library: Library) -> None:
    sheet, part = _file(library, draft("sheet"), draft("part"))
    child = add_asset(library, draft("v", relations=((RelationKind.VARIANT_OF, part.id),)), b"v").asset
    relation = Relation(child.id, RelationKind.VARIANT_OF, part.id)
    assert library.assets.relations(child.id) == library.assets.relations(part.id) == (relation,)
    assert library.assets.relations(sheet.id) == ()


def test_a_relation_to_nothing_files_nothing(library: Library) -> None:
    lost = draft("v", relations=((RelationKind.DERIVED_FROM, AssetId("0" * 16)),))
    with pytest.raises(AssetNotFound):
        add_asset(library, lost, b"v")
    assert library.assets.count() == 0


@pytest.mark.parametrize("column", ["recipe", "kind", "tags"])
def test_a_damaged_record_is_called_damaged(library: Library, column: str) -> None:
    (asset,) = _file(library, draft("dragon", recipe=recipe()))
    with library.database.transaction() as transaction:
        transaction.run(f"UPDATE assets SET {column} = 'nonsense'")
    with pytest.raises(LibraryCorrupt) as caught:
        library.assets.get(asset.id)
    assert caught.value.details["asset"] == asset.id


def test_records_that_contradict_each_other_are_found(library: Library) -> None:
    _file(library, draft("dragon", tags=("a", "b")))
    assert library.assets.problems() == ()
    with library.database.transaction() as transaction:
        transaction.run("DELETE FROM asset_tags")
        transaction.run("UPDATE totals SET value = 7")
        transaction.run("DELETE FROM words WHERE word = 'dragon'")
    assert len(library.assets.problems()) == 3
