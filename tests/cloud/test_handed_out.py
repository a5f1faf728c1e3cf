"""Slices that Cloud Tasks hands out: each done once, whatever is delivered twice, refused, lost or killed."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from audobon_cli.cloud.queue_runs.choose_slices import next_slice
from audobon_cli.cloud.queue_runs.slices import slice_key
from audobon_cli.domain.errors import CloudRefused
from audobon_cli.queue.model import JobState
from tests.cloud.rigs import STARTER, WORKER, environment, jobs_at, order
from tests.cloud.test_runs import each_once, nothing_left, queue
from tests.conftest import Audobon
from tests.doubles.cloud_run_server import IMAGE, CloudRunDouble
from tests.doubles.cloud_starters import StartersDouble
from tests.fakes.memory_remote import MemoryRemote
from tests.waiting import until

pytestmark = pytest.mark.loopback
RUN = ("cloud", "run", "--through", "tasks", "--per-second", "5")


def test_each_slice_is_done_once_though_it_is_delivered_twice(
    cloud: Audobon, server: CloudRunDouble, starters: StartersDouble, place: str
) -> None:
    """One of the executions is taken away in the middle, too."""
    jobs = queue(cloud, 5)
    starters.deliveries, server.preempt = 2, {0: 2}
    plan = cloud(*RUN, "--plan", "--tasks", "2", "--json").data
    assert (plan["through"], plan["tasks"]) == ("tasks", 2)
    ran = cloud(*RUN, "--tasks", "2", "--json")
    assert (ran.status, ran.data["runs"][0]["done"]) == (0, 5), ran.out + ran.err
    each_once(jobs, 5)
    starters.settle()
    assert len({one.name for one in starters.sent}) == 2
    assert {one.account for one in starters.sent} == {STARTER}
    assert len(starters.sent) >= 3
    assert starters.queues == {}
    nothing_left(cloud, server, place)
    assert server.policies == {} or all(
        one["bindings"][0]["members"] == [f"serviceAccount:{STARTER}"] for one in server.policies.values()
    )


def test_what_is_wrong_leaves_nothing_behind(
    cloud: Audobon,
    server: CloudRunDouble,
    starters: StartersDouble,
    place: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    jobs = queue(cloud, 2)
    monkeypatch.setattr("audobon_cli.cloud.cloud_tasks.slice_queue.PAUSE_SECONDS", 0.01)

    def refused(code: str) -> str:
        ran = cloud(*RUN, "--json")
        assert ran.json["error"]["code"] == code, ran.out
        assert jobs.counts().of(JobState.QUEUED) == 2
        assert starters.queues == {}
        nothing_left(cloud, server, place)
        return str(ran.json["error"]["hint"])

    starters.most_queues = 0
    refused("cloud.quota")
    starters.most_queues = 100
    starters.apis.discard("cloudtasks")
    assert refused("cloud.api_off") == "gcloud services enable cloudtasks.googleapis.com --project p"
    starters.apis.add("cloudtasks")
    starters.denied = {f"cloudtasks.queues.{verb}" for verb in ("create", "get", "update", "delete")}
    assert "roles/cloudtasks.admin" in refused("cloud.refused")
    starters.denied = set()
    starters.keeps_queues = False
    refused("cloud.missing")
    starters.keeps_queues = True
    server.denied = {"run.jobs.run"}  # ... as which Cloud Tasks asks
    assert "--role roles/run.invoker" in refused("cloud.failed")
    server.denied = set()
    monkeypatch.setenv("AUDOBON_CLOUD_STARTER", "")
    assert "cloud_starter" in refused("usage.invalid")


def test_nothing_is_begun_before_all_is_handed_out(server: CloudRunDouble, starters: StartersDouble) -> None:
    """Whoever was killed in between left a queue that is paused: the next command takes its jobs back."""
    service = jobs_at(server.address)
    service.connection.place.endpoints["cloudtasks"] = starters.address  # type: ignore[index]
    starters.denied = {"cloudtasks.tasks.create"}
    with pytest.raises(CloudRefused):
        service.submit(order("run-00002", tasks=2, starter=STARTER))
    assert service.find("run-00002") is None
    starters.denied = set()
    starters.held = True
    paused = service.submit(order("run-00003", tasks=2, starter=STARTER))
    next(iter(starters.queues.values())).document["state"] = "PAUSED"
    found = service.find("run-00003")
    assert found is not None
    assert not found.submitted
    service.remove(paused)


def test_the_same_slice_is_never_handed_out_twice(server: CloudRunDouble, starters: StartersDouble) -> None:
    starters.held = True
    server.images.add(IMAGE)
    service = jobs_at(server.address)
    service.connection.place.endpoints["cloudtasks"] = starters.address  # type: ignore[index]
    wanted = order("run-00001", tasks=3, starter=STARTER)
    first, again = service.submit(wanted), service.submit(wanted)
    assert (first.tasks, first.state.value, first.submitted) == (3, "pending", True)
    assert again.name == first.name
    (made,) = starters.queues.values()
    assert sorted(name.rpartition("/")[2] for name in made.tasks) == [f"slice-{n:05}" for n in range(3)]
    assert made.document["rateLimits"]["maxDispatchesPerSecond"] == 1.0
    service.remove(first)
    assert starters.queues == {}
    assert service.find("run-00001") is None


@pytest.mark.slow
def test_down_after_a_kill(
    cloud: Audobon, server: CloudRunDouble, starters: StartersDouble, place: str, tmp_path: Path
) -> None:
    """What was handed out and not delivered yet is never delivered."""
    jobs = queue(cloud, 4)
    starters.held = True
    child = subprocess.Popen(
        [*WORKER, "0.0", *RUN, "--tasks", "4", "--yes"],
        env={**environment(), "PATH": os.environ["PATH"]},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    def handed_out() -> bool:
        known = list(starters.queues.values())
        return any(len(one.tasks) == 4 and one.document["state"] == "RUNNING" for one in known)

    until(handed_out)
    child.send_signal(signal.SIGKILL)
    child.wait()
    data = cloud("cloud", "status", "--json").data
    assert [(one["state"], one["tasks"]) for one in data["runs"]] == [("pending", 4)]
    done = cloud("cloud", "down", "--json")
    assert (done.status, len(done.data["ended"])) == (0, 1), done.out
    assert starters.queues == {}
    assert starters.sent == []
    nothing_left(cloud, server, place)
    starters.held = False
    again = cloud("cloud", "run", "--tasks", "1", "--json")
    assert again.status == 0, again.out
    each_once(jobs, 4)


def test_executions_take_slices_once() -> None:
    remote = MemoryRemote()
    for task in range(2):
        remote.put(slice_key("run-00001", task), b"{}")
    names = ("one", "two", "twice", "one")
    taken = [next_slice(remote, "run-00001", {"CLOUD_RUN_EXECUTION": name}) for name in names]
    assert taken == [0, 1, None, 0]  # the last is one that was begun again after a kill


def test_a_worker_says_which_slices_it_wants(cloud: Audobon, place: str) -> None:
    assert cloud("cloud", "worker", place).status == 2
    assert cloud("cloud", "worker", place, "--waiting", "--run", "run-00001").status == 2
    nothing = cloud("cloud", "worker", place, "--run", "run-00001", "--next", "--json")
    assert (nothing.status, nothing.data["done"]) == (0, 0)
