"""What a look finds, what is done about it, and that hours of it need no more memory than minutes."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from audobon_cli.backup import after_commit
from audobon_cli.backup.after_commit import back_up_after_commit, is_due
from audobon_cli.backup.repository.repository import Repository
from audobon_cli.domain.events import Event
from audobon_cli.library.add import add_asset
from audobon_cli.library.store.blobs import FAN_OUT
from audobon_cli.library.store.library import Library
from audobon_cli.monitoring.alerts import Alert
from audobon_cli.monitoring.health import HealthChecks, HealthFinding, HealthStatus
from audobon_cli.monitoring.monitor import HealthChanged, Monitor, RecoveryTried
from audobon_cli.monitoring.policy import MonitorPolicy
from audobon_cli.monitoring.recovery import Recovery
from audobon_cli.monitoring.state import KEPT_ACTIONS, KEPT_MINUTES, MonitorPlace
from audobon_cli.queue.model import JobDraft, JobKind, JobState
from audobon_cli.queue.open import open_queue, open_steering
from audobon_cli.queue.store.jobs import JobStore
from audobon_cli.queue.store.workers import JobWorkers
from audobon_cli.remotes.directory.remote import DirectoryRemote
from audobon_cli.workspace import Workspace
from tests.library.samples import draft, picture

PROJECT = Path(__file__).parents[2]
POLICY = MonitorPolicy(disk_floor_bytes=0)
NEVER = MonitorPolicy(disk_floor_bytes=2**62)


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    folder = tmp_path / "watched"
    Library.create(folder).close()
    made = Workspace(tmp_path, {}, {"library": str(folder), "offline": True})
    yield made
    made.close()


@pytest.fixture
def jobs(workspace: Workspace) -> JobStore:
    return open_queue(workspace.library)


def found(checks: HealthChecks) -> dict[str, HealthFinding]:
    return {finding.subject: finding for finding in checks.run()}


def add_jobs(jobs: JobStore, count: int) -> None:
    jobs.add([JobDraft(JobKind.GENERATE, f"job {number}", {}) for number in range(count)])


def test_all_is_well_in_a_new_library(workspace: Workspace) -> None:
    looked = found(HealthChecks(workspace, POLICY))
    assert {"disk", "library", "queue", "warm", "backup"} <= set(looked)
    assert {finding.status for finding in looked.values()} == {HealthStatus.OK}


def test_without_a_library_none_is_made(tmp_path: Path) -> None:
    with_none = Workspace(tmp_path, {}, {"library": str(tmp_path / "nowhere")})
    looked = found(HealthChecks(with_none, POLICY))
    assert looked["library"].status is HealthStatus.OK
    assert not (tmp_path / "nowhere").exists()


def test_a_full_disk_fails_and_names_the_command(workspace: Workspace) -> None:
    disk = found(HealthChecks(workspace, NEVER))["disk"]
    assert (disk.status, disk.remedy) == (HealthStatus.FAILED, "audobon disk free")


def test_a_damaged_file_is_found_in_one_walk_and_counts_until_it_is_mended(workspace: Workspace) -> None:
    library = workspace.library
    asset, _ = add_asset(library, draft(), picture(1))
    path = library.blobs.path(asset.blob)
    whole = path.read_bytes()
    path.chmod(0o644)
    path.write_bytes(whole[:-1])
    checks = HealthChecks(workspace, POLICY)
    walk = [found(checks)["library"] for _ in FAN_OUT]
    first = FAN_OUT.index(asset.blob[:2])
    assert [one.status for one in walk] == [HealthStatus.OK] * first + [HealthStatus.FAILED] * (
        len(walk) - first
    )
    assert walk[-1].message == "1 stored file damaged or missing"
    path.write_bytes(whole)
    again = [found(checks)["library"].status for _ in FAN_OUT]
    assert again[0] is (HealthStatus.FAILED if first else HealthStatus.OK)
    assert again[-1] is HealthStatus.OK


def test_jobs_that_nobody_works_on_are_told(workspace: Workspace, jobs: JobStore) -> None:
    add_jobs(jobs, 2)
    checks = HealthChecks(workspace, POLICY)
    assert found(checks)["queue"].status is HealthStatus.WARNING
    with JobWorkers(jobs).register("cpu", "local"):
        assert found(checks)["queue"].status is HealthStatus.OK
    open_steering(workspace.library).pause_queue(True)
    assert found(checks)["queue"].message.startswith("paused")


def test_an_old_backup_is_told(workspace: Workspace, tmp_path: Path, audobon: object) -> None:
    ran = audobon("backup", "init", str(tmp_path / "usb"), "--name", "usb", "--no-encryption")  # type: ignore[operator]
    assert ran.status == 0, ran.err
    fresh = Workspace(tmp_path, {}, {"library": str(workspace.library_path)})
    checks = HealthChecks(fresh, POLICY)
    assert found(checks)["backup"].message == "never made here"
    ran = audobon("backup", "create", "--library", str(workspace.library_path))  # type: ignore[operator]
    assert ran.status == 0, ran.err
    assert found(checks)["backup"].status is HealthStatus.OK
    old = HealthChecks(fresh, replace(POLICY, backup_age_seconds=0.0))
    assert found(old)["backup"].status is HealthStatus.WARNING


@dataclass
class Worker:
    """Begins workers that end at once."""

    begun: int = 0

    def __call__(self) -> None:
        self.begun += 1


def test_jobs_of_a_worker_that_is_gone_go_back(workspace: Workspace, jobs: JobStore) -> None:
    add_jobs(jobs, 3)
    with JobWorkers(jobs).register("cpu", "local") as me:
        assert len(jobs.claim(me.id, 2)) == 2
        identity = me.id
    jobs.claim(identity, 2)  # as one that was killed left them
    assert jobs.counts().of(JobState.RUNNING)
    told = Recovery(workspace, POLICY, Worker()).act()
    assert any("took back" in one for one in told)
    assert jobs.counts().of(JobState.RUNNING) == 0
    assert sum(jobs.counts().of(state) for state in JobState) == 3


def test_workers_are_begun_within_limits(workspace: Workspace, jobs: JobStore) -> None:
    worker = Worker()
    recovery = Recovery(workspace, replace(POLICY, workers=2, max_attempts=3), worker)
    assert recovery.act() == ()  # nothing waits
    add_jobs(jobs, 1)
    assert recovery.act() == ("began 1 worker",)  # no more than there are jobs
    add_jobs(jobs, 4)
    assert [*recovery.act(), *recovery.act()] == ["began 2 workers"] * 2
    assert "gave up" in recovery.act()[0]
    assert (recovery.act(), worker.begun) == ((), 5)
    with JobWorkers(jobs).register("cpu", "local") as me:  # somebody comes and gets on
        (job,) = jobs.claim(me.id, 1)
        jobs.finish([(job.number, me.id, None, [])])
    assert recovery.act() == ("began 2 workers",)


def test_the_queue_pauses_while_the_disk_is_full(workspace: Workspace, jobs: JobStore) -> None:
    full = Recovery(workspace, NEVER, Worker())
    assert full.act() == ("paused the queue: the disk is nearly full",)
    assert jobs.counts().paused
    assert full.act() == ()
    roomy = Recovery(workspace, POLICY, Worker(), paused_queue=True)
    assert roomy.act() == ("resumed the queue: the disk has room again",)
    assert not jobs.counts().paused
    open_steering(workspace.library).pause_queue(True)
    assert Recovery(workspace, POLICY, Worker()).act() == ()  # somebody else paused it
    assert jobs.counts().paused


@dataclass
class Clock:
    """Time that passes only when it is slept."""

    now: float = 1_770_000_000.0
    alerts: list[Alert] = field(default_factory=list)
    heard: list[Event] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def tell(self, alert: Alert) -> tuple[str, ...]:
        self.alerts.append(alert)
        return ("alert_webhook: ConnectionError",)


def monitor_of(workspace: Workspace, clock: Clock, tmp_path: Path, policy: MonitorPolicy = POLICY) -> Monitor:
    place = MonitorPlace(tmp_path / "state", workspace.library_path)
    place.folder.mkdir(exist_ok=True)
    checks, recovery = HealthChecks(workspace, policy), Recovery(workspace, policy, Worker())
    return Monitor(checks, recovery, place, policy, clock.tell, clock.heard.append, clock, clock.sleep)


def test_changes_are_told_once_and_what_could_not_be_told_is_noted(
    workspace: Workspace, tmp_path: Path
) -> None:
    clock = Clock()
    state = monitor_of(workspace, clock, tmp_path, NEVER).look()
    assert [(one.finding.subject, one.was) for one in clock.alerts] == [("disk", "")]
    assert any("could not tell by alert_webhook" in action for action in state.actions)
    again = monitor_of(workspace, clock, tmp_path, NEVER)  # another process goes on from what is written down
    again.look()
    assert len(clock.alerts) == 1
    assert again.place.read() is not None
    monitor_of(workspace, clock, tmp_path, POLICY).look()
    assert [(one.finding.status, one.was) for one in clock.alerts][1:] == [(HealthStatus.OK, "failed")]
    assert not open_queue(workspace.library).counts().paused
    assert [type(event) for event in clock.heard].count(HealthChanged) == 2
    assert RecoveryTried("resumed the queue: the disk has room again") in clock.heard


SIX_HOURS = """
import gc, sys, tracemalloc
from dataclasses import replace
from pathlib import Path

from audobon_cli.workspace import Workspace
from tests.monitoring.test_health import POLICY, Clock, monitor_of

folder, clock = Path(sys.argv[1]), Clock()
watched = Workspace(folder, {}, {"library": str(folder / "watched"), "offline": True})
policy = replace(POLICY, health_seconds=60.0, performance_seconds=60.0)
monitor = monitor_of(watched, clock, folder, policy)
began = clock.now
monitor.sleep = lambda seconds: clock.sleep(60.0)  # what is between the rounds is passed over
tracemalloc.start()
for hour in range(1, 7):
    end = began + hour * 3600
    monitor.run(lambda: clock.now >= end)
    clock.heard.clear()
    gc.collect()
    print(tracemalloc.get_traced_memory()[0])
assert clock.alerts == []
"""


def test_six_hours_leave_no_more_behind_than_one(workspace: Workspace, tmp_path: Path) -> None:
    """In a process of its own: threads that earlier tests left behind take memory when they like."""
    words = [sys.executable, "-c", SIX_HOURS, str(tmp_path)]
    ran = subprocess.run(words, cwd=PROJECT, capture_output=True, text=True, check=True)
    sizes = [int(line) for line in ran.stdout.splitlines()]
    state = MonitorPlace(tmp_path / "state", workspace.library_path).read()
    assert state is not None
    assert len(state.samples) == KEPT_MINUTES
    assert len(state.actions) <= KEPT_ACTIONS
    assert max(sizes[2:]) - sizes[1] < 100_000


def test_a_clock_that_is_set_back_stops_nothing(workspace: Workspace, tmp_path: Path) -> None:
    clock = Clock()
    monitor = monitor_of(workspace, clock, tmp_path)
    looks: list[float] = []
    steps = iter(range(10_000))

    def should_stop() -> bool:
        step = next(steps)
        if step == 50:
            clock.now -= 86_400
        state = monitor.place.read()
        if state is not None and state.looked not in looks:
            looks.append(state.looked)
        return step > 400

    monitor.run(should_stop)
    after = [moment for moment in looks if moment < 1_770_000_000.0]
    assert len(after) >= 3


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"format": 1}', b'{"findings": 3}', b"\xff" * 9])
def test_a_state_that_cannot_be_read_is_none(tmp_path: Path, content: bytes) -> None:
    place = MonitorPlace(tmp_path, tmp_path / "library")
    place.file.write_bytes(content)
    assert place.read() is None
    assert not place.is_watched


def test_times_are_those_of_the_clock(workspace: Workspace, tmp_path: Path) -> None:
    clock = Clock()
    monitor_of(workspace, clock, tmp_path, NEVER).look()
    assert datetime.fromisoformat(clock.alerts[0].time) == datetime.fromtimestamp(clock.now, UTC)


def test_a_backup_that_failed_after_a_commit_is_made_by_the_monitor(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = workspace.destination_files[0]
    assert settings is not None
    settings.parent.mkdir(parents=True, exist_ok=True)
    place = tmp_path / "usb"
    settings.write_text(
        f'[backup]\nafter = "commit"\ndefault = "usb"\n[backup.destinations.usb]\naddress = "{place}"\n'
    )
    failed = back_up_after_commit(workspace)
    assert failed is not None
    assert not is_due(failed)
    recovery = Recovery(workspace, POLICY, Worker())
    assert recovery.act() == ()  # not yet
    monkeypatch.setattr(after_commit, "RETRY_SECONDS", 0.0)
    assert "could not make the backup" in recovery.act()[0]
    Repository.create(DirectoryRemote(place, create=True), None)
    assert recovery.act() == ("made the backup that a commit had asked for",)
    assert recovery.act() == ()
    assert len(list((place / "points").iterdir())) == 1
