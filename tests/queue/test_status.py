"""How long the queue will take, told from what is known."""

from pathlib import Path

import pytest

from audobon_cli.library.store.library import Library
from audobon_cli.queue.model import JobDraft, JobKind, JobProgress, JobState
from audobon_cli.queue.status import queue_status
from audobon_cli.queue.store.jobs import JobStore
from audobon_cli.queue.store.workers import JobWorkers
from tests.conftest import Audobon
from tests.fakes.fake_engine import FakeEngine


def test_the_time_left_is_no_less_than_that_of_a_job_at_hand(tmp_path: Path) -> None:
    jobs = JobStore(Library.create(tmp_path / "library").database)
    jobs.add([JobDraft(JobKind.GENERATE, name, {}) for name in ("quick", "slow", "later")])
    with JobWorkers(jobs).register("cpu", "local") as me:
        assert queue_status(jobs).remaining_seconds is None
        quick, slow = jobs.claim(me.id, 2)
        jobs.finish([(quick.number, me.id, None, [])])
        jobs.beat(me.id, slow.number, JobProgress(remaining_seconds=90.0), None)
        standing = queue_status(jobs)
        assert standing.remaining_seconds is not None
        assert standing.remaining_seconds >= 90.0


@pytest.mark.parametrize("pieces", [0, 3])
def test_a_job_that_says_another_number_of_pictures_ends(
    audobon: Audobon, fake_engine: FakeEngine, pieces: int
) -> None:
    """As one that was not made by `queue add` may: its row is as it should be, but for one number."""
    audobon("init")
    jobs = JobStore(Library.open(Path(".audobon")).database)
    draft = JobDraft(JobKind.GENERATE, "by hand", {"request": {"prompt": "cat", "seed": 1}}, pieces=pieces)
    (job,) = jobs.add([draft])
    assert audobon("queue", "run").status == 0
    made = jobs.get(job.number)
    assert (made.state, made.attempts, len(made.assets)) == (JobState.DONE, 1, 1)
