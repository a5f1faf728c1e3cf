"""Positions lead to the same pages as reading one page after the other does."""

import pytest

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.library.organize import rate
from audobon_cli.library.paging import Order, Paging
from audobon_cli.library.select import find_assets, find_positions
from audobon_cli.library.store.library import Library
from audobon_cli.library.trash import trash_assets
from tests.studio.serving import Inside, fill

STEP = 10


@pytest.mark.parametrize("order", list(Order))
@pytest.mark.parametrize("query", ["", "knight", "kind:sprite", "tag:none", "knight_7"])
def test_every_page_is_reached_at_once(library: Library, query: str, order: Order) -> None:
    ids = fill(library, 73)
    rate(library, [library.assets.get(one) for one in ids[::3]], 4)
    trash_assets(library, [library.assets.get(one) for one in ids[5:9]])
    found = find_positions(library, query, order, STEP)
    one_by_one, after = [], None
    while True:
        page = find_assets(library, query, Paging(order, STEP, after))
        one_by_one.append([asset.id for asset in page.assets])
        after = page.after
        if after is None:
            break
    assert found.total == sum(map(len, one_by_one)) == find_assets(library, query, Paging(order)).total
    assert len(found.after) == len(one_by_one) - 1
    for place, cursor in enumerate(found.after, 1):
        page = find_assets(library, query, Paging(order, STEP, cursor))
        assert [asset.id for asset in page.assets] == one_by_one[place]


def test_of_a_ranked_search_those_are_counted_that_are_ranked(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("audobon_cli.library.store.search.index.SEARCH_CAP", 25)
    fill(library, 40)
    ranked = find_positions(library, "knight", Order.RELEVANCE, STEP)
    assert (ranked.total, ranked.total_is_exact, len(ranked.after)) == (25, False, 2)
    by_age = find_positions(library, "knight", Order.OLDEST, STEP)
    assert (by_age.total, by_age.total_is_exact, len(by_age.after)) == (40, True, 3)


def test_the_interface_tells_them(library: Library, inside: Inside) -> None:
    fill(library, 25)
    found = inside.ask("GET", "/assets/positions?step=10&sort=name").json
    assert {key: found[key] for key in ("step", "total", "total_is_exact")} == {
        "step": 10, "total": 25, "total_is_exact": True,
    }  # fmt: skip
    page = inside.ask("GET", f"/assets?sort=name&limit=10&after={found['after'][1]}").json
    assert [asset["name"] for asset in page["assets"]] == [f"knight_{n}" for n in (5, 6, 7, 8, 9)]
    for target in ("?step=9", "?step=501", "?step=x", "?sort=cutest", "?query=nosuch%3A1"):
        answer = inside.ask("GET", f"/assets/positions{target}")
        assert (answer.status, answer.code.partition(".")[0]) == (400, "usage")
    with pytest.raises(InvalidInput):
        find_positions(library, "", Order.NAME, 9)
