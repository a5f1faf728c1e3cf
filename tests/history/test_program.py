"""Random programs of edits, commits, branches, merges and undo, against plain dictionaries."""

import copy
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from audobon_cli.domain.ids import AssetId
from audobon_cli.history import branches, commits, maintenance
from audobon_cli.history import merge as merging
from audobon_cli.history import undo as undoing
from audobon_cli.history.model.merge import Side
from audobon_cli.history.model.records import Record
from audobon_cli.library.store.library import Library
from audobon_cli.library.verify import verify_library
from tests.history.workshop import AUTHOR, add, edit, remove, snapshot

State = dict[AssetId, Record]
NAMES = ("flat", "round", "dark")


@dataclass
class ModelCommit:
    """A commit of the model: its state, its parents, and its ancestors with itself."""

    state: State
    parents: tuple[int, ...]
    ancestors: frozenset[int]


@dataclass
class Model:
    """The library as plain dictionaries."""

    assets: State = field(default_factory=dict)
    commits: dict[int, ModelCommit] = field(default_factory=dict)
    branches: dict[str, int] = field(default_factory=dict)
    branch: str = "main"

    @property
    def head(self) -> int | None:
        return self.branches.get(self.branch)

    def head_state(self) -> State:
        return {} if self.head is None else self.commits[self.head].state

    @property
    def clean(self) -> bool:
        return self.head_state() == self.assets

    def add_commit(self, parents: tuple[int, ...]) -> None:
        number = len(self.commits)
        before = frozenset().union(*(self.commits[parent].ancestors for parent in parents))
        self.commits[number] = ModelCommit(copy.deepcopy(self.assets), parents, before | {number})
        self.branches[self.branch] = number

    def base(self, ours: int, theirs: int) -> int | None:
        common = self.commits[ours].ancestors & self.commits[theirs].ancestors
        best = [name for name in common if not any(name in self.commits[c].ancestors - {c} for c in common)]
        return max(best) if len(best) == 1 else None


def merged_state(base: State, ours: State, theirs: State, side: Side) -> State:
    """What a merge should give; conflicts are decided for ``side``."""
    result: State = {}
    for asset in ours.keys() | theirs.keys():
        old, own, other = base.get(asset), ours.get(asset), theirs.get(asset)
        if own == other or other == old:
            record: Mapping[str, Any] | None = own
        elif own == old:
            record = other
        elif own is None or other is None:
            record = own if side is Side.OURS else other
        else:
            record = merged_record(old or {}, own, other, side)
        if record is not None:
            result[asset] = record
    return result


def merged_record(base: Record, ours: Record, theirs: Record, side: Side) -> Record:
    taken: dict[str, Any] = {}
    for name in ours.keys() | theirs.keys():
        old, own, other = base.get(name), ours.get(name), theirs.get(name)
        if name == "tags":
            olds, owns, others = (set(tags or ()) for tags in (old, own, other))
            taken[name] = sorted((owns & others) | (owns - olds) | (others - olds))
        elif own == old:
            taken[name] = other
        elif other in (old, own):
            taken[name] = own
        else:
            taken[name] = own if side is Side.OURS else other
    return {name: value for name, value in taken.items() if value not in (None, "", [], {})}


class Program(RuleBasedStateMachine):
    """The library and the model, step by step."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="audobon-history-"))
        self.library = Library.create(self.folder / ".audobon")
        self.model = Model()
        self.before: Model | None = None
        self.made = 0
        self.order: list[AssetId] = []
        self.clock = datetime(2026, 1, 1, tzinfo=UTC)

    def draw_asset(self, data: st.DataObject) -> AssetId:
        """One of the assets. Drawn by age: ids are random, and a run must be repeatable."""
        living = [asset for asset in self.order if asset in self.model.assets]
        return living[data.draw(st.integers(0, len(living) - 1))]

    def now(self) -> datetime:
        self.clock += timedelta(seconds=1)
        return self.clock

    @rule(name=st.sampled_from(["dragon", "sword", "key"]))
    def add_asset(self, name: str) -> None:
        self.made += 1
        asset = add(self.library, name, self.made)
        self.order.append(asset)
        self.model.assets[asset] = snapshot(self.library)[asset]
        self.before = None

    @precondition(lambda self: self.model.assets)
    @rule(
        data=st.data(), value=st.sampled_from(["", "x", "y", "z"]), name=st.sampled_from(["note", "category"])
    )
    def change_field(self, data: st.DataObject, value: str, name: str) -> None:
        asset = self.draw_asset(data)
        edit(self.library, asset, **{name: value})
        record = {**self.model.assets[asset], name: value}
        self.model.assets[asset] = {key: kept for key, kept in record.items() if kept != ""}
        self.before = None

    @precondition(lambda self: self.model.assets)
    @rule(data=st.data(), tags=st.sets(st.sampled_from(["boss", "wip", "old"])))
    def change_tags(self, data: st.DataObject, tags: set[str]) -> None:
        asset = self.draw_asset(data)
        edit(self.library, asset, tags=sorted(tags))
        record = {**self.model.assets[asset], "tags": sorted(tags)}
        self.model.assets[asset] = {key: kept for key, kept in record.items() if kept != []}
        self.before = None

    @precondition(lambda self: self.model.assets)
    @rule(data=st.data())
    def remove_asset(self, data: st.DataObject) -> None:
        asset = self.draw_asset(data)
        remove(self.library, asset)
        del self.model.assets[asset]
        self.before = None

    @rule()
    def commit(self) -> None:
        before = copy.deepcopy(self.model)
        made = commits.commit(self.library, "a change", AUTHOR, self.now())
        assert (made.id is None) == self.model.clean
        if made.id is not None:
            self.model.add_commit(() if self.model.head is None else (self.model.head,))
            self.before = before

    @precondition(lambda self: self.model.head is not None)
    @rule(name=st.sampled_from(NAMES))
    def new_branch(self, name: str) -> None:
        if name not in self.model.branches:
            before = copy.deepcopy(self.model)
            branches.switch(self.library, name, AUTHOR, create=True, now=self.now())
            head = self.model.head
            assert head is not None
            self.model.branches[name], self.model.branch = head, name
            self.before = before

    @precondition(lambda self: self.model.clean and self.model.branches)
    @rule(data=st.data())
    def switch(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.model.branches)))
        before = copy.deepcopy(self.model)
        branches.switch(self.library, name, AUTHOR, now=self.now())
        if name != self.model.branch:
            self.before = before
        self.model.branch = name
        self.model.assets = copy.deepcopy(self.model.head_state())

    @precondition(lambda self: self.model.clean and self.model.head is not None)
    @rule(data=st.data(), side=st.sampled_from(Side))
    def merge(self, data: st.DataObject, side: Side) -> None:
        model = self.model
        name = data.draw(st.sampled_from(sorted(model.branches)))
        ours, theirs = model.head, model.branches[name]
        assert ours is not None
        base = model.base(ours, theirs)
        if base is None:
            return
        before = copy.deepcopy(model)
        report = merging.merge(self.library, name, AUTHOR, strategy=side, now=self.now())
        if theirs in model.commits[ours].ancestors:
            assert report.up_to_date
            return
        if ours in model.commits[theirs].ancestors:
            assert report.fast_forward
            model.branches[model.branch] = theirs
            model.assets = copy.deepcopy(model.head_state())
        else:
            states = [model.commits[number].state for number in (base, ours, theirs)]
            model.assets = merged_state(states[0], states[1], states[2], side)
            model.add_commit((ours, theirs))
        self.before = before

    @precondition(lambda self: self.before is not None)
    @rule()
    def undo(self) -> None:
        undoing.undo(self.library, self.now())
        assert self.before is not None
        # The numbers of commits go on, as ids do: what was undone is still there.
        commits_kept = self.model.commits
        self.model, self.before = self.before, None
        self.model.commits = commits_kept

    @precondition(lambda self: self.model.head is not None)
    @rule()
    def put_aside_and_back(self) -> None:
        name = branches.stash(self.library, AUTHOR, now=self.now())
        assert (name is None) == self.model.clean
        assert snapshot(self.library) == self.model.head_state()
        if name is not None:
            branches.stash_pop(self.library, name, self.now())
            self.before = None

    @precondition(lambda self: self.model.head is not None)
    @rule()
    def restore(self) -> None:
        branches.restore(self.library, None, now=self.now())
        self.model.assets = copy.deepcopy(self.model.head_state())
        self.before = None

    @rule()
    def collect_garbage(self) -> None:
        maintenance.gc(self.library, now=self.now())

    @invariant()
    def the_library_is_what_the_model_says(self) -> None:
        assert snapshot(self.library) == self.model.assets
        status = commits.status(self.library)
        assert status.branch == self.model.branch
        assert {change.asset for change in status.changes} == {
            asset
            for asset in self.model.assets.keys() | self.model.head_state().keys()
            if self.model.assets.get(asset) != self.model.head_state().get(asset)
        }

    def teardown(self) -> None:
        assert maintenance.verify(self.library).problems == ()
        assert verify_library(self.library).clean
        for name, number in self.model.branches.items():
            if self.model.clean:
                branches.switch(self.library, name, AUTHOR, now=self.now())
                assert snapshot(self.library) == self.model.commits[number].state
        self.library.close()
        shutil.rmtree(self.folder)


TestPrograms = Program.TestCase
TestPrograms.settings = settings(
    max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)


class LongProgram(Program):
    """The same, many more times."""


TestManyPrograms = pytest.mark.slow(LongProgram.TestCase)
TestManyPrograms.settings = settings(
    max_examples=500, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
