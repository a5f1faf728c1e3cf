"""Rules tag what is filed and what is there, in an order that depends on nothing but the rules."""

import itertools
from dataclasses import replace
from pathlib import Path

import pytest

from audobon_cli.domain.errors import AssetNotFound, InvalidInput, LibraryReadOnly, QueryInvalid
from audobon_cli.history import commits
from audobon_cli.library.add import add_asset, add_assets
from audobon_cli.library.organize import add_tags, set_protected
from audobon_cli.library.store.library import Library
from audobon_cli.library.store.tag_rules.rule import TagRule, in_order
from audobon_cli.library.tag_rules.kept import add_rule, list_rules, remove_rule
from audobon_cli.library.tag_rules.run import run_rules
from audobon_cli.library.trash import trash_assets
from audobon_cli.library.undo import last_step, undo_step
from tests.history.workshop import AUTHOR
from tests.library.samples import draft
from tests.sync.workshop import Machine

CHAIN = (
    TagRule("boss", "dragon"),
    TagRule("enemy", "tag:boss"),
    TagRule("wip", "tag:enemy rating:>3", takes=True),
)


def _add(library: Library, *rules: TagRule) -> None:
    for rule in rules:
        add_rule(library, rule.query, rule.tag, rule.takes)


def test_what_is_filed_is_tagged_in_the_same_transaction(library: Library) -> None:
    _add(library, *CHAIN)
    added = add_assets(
        library,
        [
            (draft("red dragon", tags=("wip",), rating=5), b"a"),
            (draft("fox", tags=("wip",), rating=5), b"b"),
        ],
    )
    assert [one.asset.tags for one in added] == [("boss", "enemy"), ("wip",)]
    assert [library.assets.get(one.asset.id) for one in added] == [one.asset for one in added]
    assert dict(library.given_by_rules) == {"+boss": 1, "+enemy": 1, "-wip": 1}
    assert {one.name for one in library.assets.matching("tag:enemy")} == {"red dragon"}
    assert library.assets.problems() == ()
    again = add_asset(library, draft("red dragon", tags=("wip",), rating=5), b"a")
    assert (again.existing, again.asset.tags) == (True, ("boss", "enemy"))


@pytest.mark.parametrize("order", list(itertools.permutations(CHAIN)))
def test_the_order_in_which_rules_were_added_makes_no_difference(
    library: Library, order: tuple[TagRule, ...]
) -> None:
    for number, name in enumerate(("dragon", "fox")):
        add_asset(library, draft(name, tags=("wip",), rating=4), bytes([number]))
    _add(library, *order)
    assert list_rules(library) == CHAIN
    done = run_rules(library)
    assert [(one.after.name, one.does) for one in done.assets] == [("dragon", ("+boss", "+enemy", "-wip"))]
    assert run_rules(library).assets == (), "a second run changes nothing"


def test_a_run_can_be_tried_and_taken_back(library: Library) -> None:
    dragon = add_asset(library, draft("dragon"), b"a").asset
    held = add_asset(library, draft("old dragon"), b"b").asset
    gone = add_asset(library, draft("dead dragon"), b"c").asset
    trash_assets(library, [gone])
    (held,) = set_protected(library, [held], True).assets
    _add(library, TagRule("boss", "dragon"), TagRule("x", "derived-from:nothing"))
    tried = run_rules(library, dry_run=True)
    assert library.assets.get(dragon.id).tags == ()
    assert [one.after for one in run_rules(library, [held], dry_run=True).assets] == [
        replace(held, tags=("boss",))
    ]
    done = run_rules(library)
    assert done == tried
    assert len(done.assets) == 2, "protection leaves tags free"
    assert [rule.tag for rule, _ in done.broken] == ["x"]
    assert library.assets.get(dragon.id).tags == ("boss",)
    step = last_step(library)
    assert step is not None
    assert (step.what, step.count) == ("rules run", 2)
    undo_step(library, step)
    assert library.assets.get(dragon.id).tags == ()
    assert library.assets.problems() == ()


def test_case_makes_no_second_tag(library: Library) -> None:
    asset = add_asset(library, draft("dragon", tags=("Boss",)), b"a").asset
    _add(library, TagRule("boss", "dragon"))
    assert run_rules(library).assets == ()
    add_rule(library, "kind:sprite rating:0", "BOSS", takes=True)
    assert library.assets.get(asset.id).tags == ("Boss",)


@pytest.mark.parametrize(
    ("rules", "loops"),
    [
        ([TagRule("a", "-tag:a"), TagRule("a", "tag:a", takes=True)], True),
        ([TagRule("a", "tag:b"), TagRule("b", "tag:a")], True),
        ([TagRule("a", "tag:b"), TagRule("b", "(kind:sprite OR tag:c*)"), TagRule("cat", "-tag:a")], True),
        ([TagRule("dragon fire", "tag:x"), TagRule("x", "fir")], True),
        ([TagRule("dragon", "dragon")], False),
        ([TagRule("a", "-tag:a")], False),
        ([TagRule("a", "tag:b"), TagRule("b", "tag:c"), TagRule("c", "kind:sprite")], False),
        ([TagRule("a", "kind:sprite"), TagRule("a", "rating:0", takes=True)], False),
    ],
)
def test_rules_that_would_go_round_are_refused(library: Library, rules: list[TagRule], loops: bool) -> None:
    *others, last = rules
    _add(library, *others)
    if not loops:
        _add(library, last)
        assert in_order(rules) == list_rules(library)
        return
    with pytest.raises(InvalidInput, match="circle"):
        _add(library, last)
    assert set(list_rules(library)) == set(others)


def test_what_is_no_rule_is_refused(library: Library) -> None:
    for query, tag in (("", "a"), ("kind:sprite", " "), ("a" * 3000, "a")):
        with pytest.raises(InvalidInput):
            add_rule(library, query, tag, takes=False)
    with pytest.raises(QueryInvalid):
        add_rule(library, "raing:3", "a", takes=False)
    rule, is_new = add_rule(library, "kind:sprite", "a", takes=False)
    assert is_new
    assert add_rule(library, "kind:sprite", "a", takes=False) == (rule, False)
    for wrong in ("zzzzzzzz", rule.id[:2]):
        with pytest.raises(AssetNotFound):
            remove_rule(library, wrong)
    assert remove_rule(library, rule.id[:5]) == rule
    assert list_rules(library) == ()
    library.close()
    held = Library.open(library.root, keys=library.keys, read_only=True)
    with pytest.raises(LibraryReadOnly):
        add_rule(held, "kind:sprite", "a", takes=False)
    assert run_rules(held, dry_run=True).assets == ()
    held.close()


def test_rules_go_along_to_other_machines(tmp_path: Path) -> None:
    mine, yours = (Machine(tmp_path / name, str(tmp_path / "place")) for name in ("mine", "yours"))
    library = mine.create()
    add_asset(library, draft("fox"), b"a")
    commits.commit(library, "one", AUTHOR)
    _add(library, *CHAIN)
    mine.push(library)
    assert yours.clone().rules == tuple(sorted(CHAIN))
    other = yours.library()
    assert list_rules(other) == CHAIN
    remove_rule(other, CHAIN[0].id)
    add_rule(other, "tag:boss", "strong", takes=False)
    yours.push(other)
    loops = TagRule("boss", "tag:strong")
    _add(library, loops)
    done = mine.pull(library)
    assert done.refused_rules == (TagRule("strong", "tag:boss"),)
    assert set(list_rules(library)) == {*CHAIN, loops}, "what was said here stands"
    assert yours.pull(other).rules == ()
    library.close()
    other.close()


def test_what_has_its_tag_is_not_touched(library: Library) -> None:
    asset = add_asset(library, draft("dragon"), b"a").asset
    (tagged,) = add_tags(library, [asset], ["boss"]).assets
    _add(library, TagRule("boss", "dragon"))
    run_rules(library)
    assert library.assets.get(asset.id) == tagged
