"""Edits on two machines, round after round: both end with the same, and nothing is lost."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from audobon_cli.domain.errors import SyncDamaged, UncommittedChanges, VersionState
from audobon_cli.history import branches, commits, merge
from audobon_cli.history.model.merge import Resolution, Side
from audobon_cli.history.model.records import object_hash, record_bytes
from audobon_cli.history.worktree import History
from audobon_cli.library.store.library import Library
from tests.doubles.gcs_server import Bucket, GcsDouble
from tests.history.workshop import AUTHOR, add, edit, record, remove, snapshot
from tests.sync.workshop import Machine, check_same, check_whole

PLACES = ("folder", pytest.param("cloud", marks=pytest.mark.loopback))


@pytest.fixture(params=PLACES)
def machines(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Machine, Machine]]:
    if request.param == "folder":
        address = str(tmp_path / "place")
        yield Machine(tmp_path / "one", address), Machine(tmp_path / "other", address)
        return
    with GcsDouble() as double:
        double.buckets["art"] = Bucket()
        yield (
            Machine(tmp_path / "one", "gs://art/shared", double.endpoint),
            Machine(tmp_path / "other", "gs://art/shared", double.endpoint),
        )


def _begin(machine: Machine, count: int = 5) -> Library:
    library = machine.create()
    for number in range(count):
        add(library, f"asset {number}", number)
    commits.commit(library, "first", AUTHOR)
    return library


def test_rounds_on_both_sides_converge(machines: tuple[Machine, Machine]) -> None:
    rng = random.Random(1)
    one, other = machines
    libraries = {one: _begin(one)}
    assert one.push(libraries[one]).made
    assert other.clone().merge.changed == 5
    libraries[other] = other.library()
    added, notes = set(), 0
    for number in range(10):
        for machine, library in libraries.items():
            for step in range(rng.randrange(1, 4)):
                added.add(add(library, f"{machine.home.name} {number}.{step}", rng.randrange(10**9)))
            edit(library, rng.choice(sorted(snapshot(library))), note=f"{machine.home.name} {number}")
            commits.commit(library, f"{machine.home.name} {number}", AUTHOR)
            notes += 1
        for machine in rng.sample((one, other), 2):
            machine.exchange(libraries[machine])
    for machine in (one, other, one):
        machine.exchange(libraries[machine])
        machine.pull(libraries[machine])
    check_same(libraries[one], libraries[other])
    assert added <= set(snapshot(libraries[one]))
    made = {found.commit.message for found in commits.log(libraries[one], limit=1000)}
    assert len([text for text in made if not text.startswith(("Merge", "first"))]) == notes
    for library in libraries.values():
        check_whole(library)


def test_branches_tags_and_deletions_go_along(machines: tuple[Machine, Machine]) -> None:
    one, other = machines
    library = _begin(one)
    branches.create_tag(library, "v1")
    branches.switch(library, "flat", AUTHOR, create=True)
    gone = sorted(snapshot(library))[0]
    remove(library, gone)
    commits.commit(library, "one less", AUTHOR)
    assert set(one.push(library).moved) == {"main", "flat", "v1"}
    assert one.push(library).moved == ()
    pulled = other.clone()
    twin = other.library()
    assert (pulled.branch, pulled.moved, pulled.fetched.tags) == ("main", ("flat",), ("v1",))
    branches.switch(twin, "flat", AUTHOR)
    assert gone not in snapshot(twin)
    check_same(library, twin)
    branches.switch(twin, "v1", AUTHOR)
    assert gone in snapshot(twin)


def test_a_push_over_newer_commits_is_refused_and_a_pull_solves_it(machines: tuple[Machine, Machine]) -> None:
    one, other = machines
    library = _begin(one)
    one.push(library)
    other.clone()
    twin = other.library()
    asset = sorted(snapshot(library))[0]
    for machine, its in ((one, library), (other, twin)):
        edit(its, asset, note=machine.home.name)
        commits.commit(its, machine.home.name, AUTHOR)
    one.push(library)
    refused = other.push(twin)
    assert refused.diverged == ("main",)
    assert refused.error().exit_status == 58
    before = snapshot(twin)
    pulled = other.pull(twin, strategy=None)
    assert [conflict.asset for conflict in pulled.merge.conflicts] == [asset]
    assert snapshot(twin) == before
    with pytest.raises(VersionState):
        other.pull(twin)
    merge.decide(twin, {asset: Resolution(Side.THEIRS)}, AUTHOR)
    assert other.push(twin).moved == ("main",)
    assert one.push(library).behind == ("main",)
    assert one.pull(library).merge.fast_forward
    assert record(library, asset)["note"] == "one"
    check_same(library, twin)


def test_what_is_not_committed_stops_push_and_pull(machines: tuple[Machine, Machine]) -> None:
    one, other = machines
    library = _begin(one)
    one.push(library)
    other.clone()
    twin = other.library()
    add(twin, "new", 99)
    for call in (other.push, other.pull):
        with pytest.raises(UncommittedChanges):
            call(twin)


def test_two_first_pushes_at_once_make_one_place(machines: tuple[Machine, Machine]) -> None:
    libraries = {machine: _begin(machine, count) for machine, count in zip(machines, (3, 4), strict=True)}
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda machine: machine.push(libraries[machine]), machines))
    assert sorted(one.made for one in done) == [False, True]
    assert sorted(len(one.diverged) for one in done) == [0, 1]
    for machine in (*machines, *machines):
        machine.exchange(libraries[machine])
        machine.pull(libraries[machine])
    one, other = libraries.values()
    assert len(snapshot(one)) == 7
    check_same(one, other)


def test_libraries_that_began_apart_are_merged(machines: tuple[Machine, Machine]) -> None:
    one, other = machines
    library, twin = _begin(one), other.create()
    add(twin, "of its own", 1000)
    commits.commit(twin, "apart", AUTHOR)
    one.push(library)
    assert other.push(twin).diverged == ("main",)
    other.exchange(twin)
    one.pull(library)
    assert len(snapshot(library)) == 6
    check_same(library, twin)


def test_a_record_that_makes_no_sense_stays_outside(tmp_path: Path) -> None:
    address = str(tmp_path / "place")
    one, other = Machine(tmp_path / "one", address), Machine(tmp_path / "other", address)
    library = _begin(one)
    asset = sorted(snapshot(library))[0]
    odd = record_bytes({**record(library, asset), "relations": [["of", "nobody"]]})
    with library.database.transaction() as statements:
        history = History(statements)
        tree = history.store_tree(history.tree, {asset: object_hash(odd)}, {object_hash(odd): odd})
        history.set_head(history.add_commit(tree, [history.head], AUTHOR, "odd"))
        history.rows.set_changed(())
    one.push(library)
    with pytest.raises(SyncDamaged, match="no sense"):
        other.clone()
    assert snapshot(other.library()) == {}
    assert branches.branches(other.library()) == []


def test_a_large_file_goes_in_pieces(tmp_path: Path) -> None:
    address = str(tmp_path / "place")
    one, other = Machine(tmp_path / "one", address), Machine(tmp_path / "other", address)
    library = one.create()
    from audobon_cli.library.add import add_asset
    from tests.library.samples import draft

    add_asset(library, draft("large"), random.Random(1).randbytes(17 * 1024 * 1024))
    commits.commit(library, "large", AUTHOR)
    assert one.push(library).files == 1
    assert other.clone().fetched.files == 1
    check_same(library, other.library())


@pytest.mark.parametrize("how", ["gone", "cut"])
def test_a_damaged_place_says_so_and_a_full_push_mends_it(tmp_path: Path, how: str) -> None:
    address = tmp_path / "place"
    one, other = Machine(tmp_path / "one", str(address)), Machine(tmp_path / "other", str(address))
    library = _begin(one)
    one.push(library)
    for pack in [path for path in (address / "packs").rglob("*") if path.is_file()]:
        content = pack.read_bytes()
        pack.unlink()
        if how == "cut":
            pack.write_bytes(content[:-20])
    with pytest.raises(SyncDamaged) as caught:
        other.clone()
    assert "--full" in caught.value.hint
    assert one.push(library).moved == ()
    assert one.push(library, full=True).files == 5
    assert other.clone().fetched.files == 5
    check_same(library, other.library())
