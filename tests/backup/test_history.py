"""Random histories of backups, prunes, copies, damage to the library and restores, against a plain model."""

import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from audobon_cli.backup.check.verify import verify_repository
from audobon_cli.backup.opener import find_point
from audobon_cli.backup.prune import collect
from audobon_cli.backup.prune.prune import PruneRequest, prune
from audobon_cli.backup.repository import pack_writer
from audobon_cli.backup.repository.repository import Repository
from audobon_cli.backup.retention import Retention
from audobon_cli.library.store.library import Library
from tests.backup.workshop import (
    State,
    add_pictures,
    back_up,
    copy_all,
    new_repository,
    restored_state,
    state_of,
)
from tests.fakes.memory_remote import MemoryRemote

COUNT = st.integers(min_value=1, max_value=12)


class Histories(RuleBasedStateMachine):
    """Two repositories of one library; the model is a dict of the states that each must bring back."""

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="histories-"))
        self.library = Library.create(self.folder / "library")
        self.moment = datetime.now(UTC)
        self.repositories = [
            new_repository(MemoryRemote(f"memory:{name}", clock=lambda: self.moment)) for name in "ab"
        ]
        self.model: list[dict[str, State]] = [{}, {}]
        self.order: list[str] = []
        self.seed = 0

    @rule(count=COUNT)
    def add(self, count: int) -> None:
        self.seed += 1
        add_pictures(self.library, count, self.seed, size=3000)

    @rule(which=st.integers(0, 1))
    def create(self, which: int) -> None:
        point = back_up(self.repositories[which], self.library).point
        self.model[which][point.id] = state_of(self.library)
        self.order.append(point.id)

    @precondition(lambda self: any(self.model))
    @rule(which=st.integers(0, 1), keep=st.integers(1, 3), grace=st.sampled_from([0.0, 24.0]))
    def remove(self, which: int, keep: int, grace: float) -> None:
        prune(self.repositories[which], PruneRequest(Retention(last=keep), grace_hours=grace))
        kept = sorted(self.model[which], key=self.order.index)[-keep:]
        self.model[which] = {point: self.model[which][point] for point in kept}

    @rule(which=st.integers(0, 1))
    def copy(self, which: int) -> None:
        copy_all(self.repositories[which], self.repositories[1 - which])
        self.model[1 - which] |= self.model[which]

    @rule(hours=st.sampled_from([1, 30]))
    def wait(self, hours: int) -> None:
        # The remotes' clock alone, within what `prune` tolerates of it.
        late = datetime.now(UTC) + timedelta(hours=20)
        self.moment = min(self.moment + timedelta(hours=hours), late)

    @precondition(lambda self: any(self.model))
    @rule(data=st.data())
    def restore(self, data: st.DataObject) -> None:
        which = data.draw(st.sampled_from([n for n in (0, 1) if self.model[n]]))
        point = data.draw(st.sampled_from(sorted(self.model[which], key=self.order.index)))
        target = Path(tempfile.mkdtemp(dir=self.folder))
        repository = self.repositories[which]
        assert restored_state(repository, find_point(repository, point), target) == self.model[which][point]
        shutil.rmtree(target)

    @invariant()
    def the_lists_are_those_of_the_model(self) -> None:
        for repository, model in zip(self.repositories, self.model, strict=True):
            assert {stored.point.id for stored in repository.points()} == set(model)  # type: ignore[union-attr]

    def teardown(self) -> None:
        for repository in self.repositories:
            report = verify_repository(repository, 1.0, self.folder)
            assert report.clean, report.error()
        self.library.close()
        shutil.rmtree(self.folder)


@pytest.fixture(autouse=True)
def small_packs(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that small histories have many packs, which are joined and written anew."""
    monkeypatch.setattr(pack_writer, "TARGET_BYTES", 20_000)
    monkeypatch.setattr(collect, "SMALL_BYTES", 5_000)
    monkeypatch.setattr(collect, "MOST_SMALL", 3)


def check_history(examples: int, steps: int) -> None:
    from hypothesis.stateful import run_state_machine_as_test

    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    run_state_machine_as_test(
        Histories,
        settings=settings(
            max_examples=examples, stateful_step_count=steps, deadline=None, suppress_health_check=checks
        ),
    )


def test_random_histories() -> None:
    check_history(8, 15)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_many_random_histories() -> None:
    check_history(150, 40)


def test_a_prune_in_the_wrong_year_loses_nothing(tmp_path: Path) -> None:
    library = Library.create(tmp_path / "library")
    add_pictures(library, 10, seed=1)
    now = [datetime.now(UTC)]
    remote = MemoryRemote(clock=lambda: now[0])
    repository: Repository = new_repository(remote)
    state = state_of(library)
    point = back_up(repository, library).point
    for years in (1, -1):
        now[0] = datetime.now(UTC) + timedelta(days=365 * years)
        with pytest.raises(Exception, match="clock"):
            prune(repository, PruneRequest(Retention(last=1), grace_hours=0))
    now[0] = datetime.now(UTC)
    assert restored_state(repository, find_point(repository, point.id), tmp_path / "again") == state
