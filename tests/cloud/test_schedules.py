"""Runs at set hours: begun by Cloud Scheduler, done once, held to the month's sum, and ended by `cloud down`."""

import json
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from audobon_cli.cloud.schedules.limit import ScheduleLimit, counted
from audobon_cli.cloud.schedules.scheduler import CloudScheduler
from audobon_cli.cloud.schedules.standing import ScheduleOrder, Schedules, is_due
from audobon_cli.domain.errors import AudobonError, BudgetSpent, InvalidInput
from tests.cloud.rigs import STARTER, WORKER, jobs_at, order
from tests.cloud.test_money import money
from tests.cloud.test_runs import each_once, nothing_left, queue
from tests.conftest import Audobon
from tests.doubles.cloud_run_server import PARENT, REGION, CloudRunDouble
from tests.doubles.cloud_starters import StartersDouble
from tests.fakes.memory_remote import MemoryRemote
from tests.waiting import until

pytestmark = pytest.mark.loopback
ADD = ("cloud", "schedule", "add", "0 3 * * *", "--per-month", "1")


def fired(server: CloudRunDouble, starters: StartersDouble) -> list[int]:
    """The hour has come, and what was begun has ended: the answers of Cloud Run."""
    found = [one.status for one in starters.fire()]
    until(lambda: all(one.completed for one in server.executions.values()))
    return found


def test_what_waits_is_done_at_its_hour(
    cloud: Audobon, server: CloudRunDouble, starters: StartersDouble, place: str
) -> None:
    added = cloud(*ADD, "--name", "nightly", "--time-zone", "Europe/Berlin", "--json")
    assert added.status == 0, added.out
    job = added.data["job"]
    assert server.policies[job]["bindings"] == [
        {"role": "roles/run.invoker", "members": [f"serviceAccount:{STARTER}"]}
    ]
    jobs = queue(cloud, 5)
    planned = cloud("cloud", "run", "--through", "schedule", "--tasks", "2", "--plan", "--json").data
    (one,) = planned["schedules"]
    assert (planned["through"], planned["tasks"], len(planned["jobs"])) == ("schedule", 2, 5)
    assert (one["schedule"], one["cron"], one["per_month_usd"]) == ("nightly", "0 3 * * *", 1)
    assert planned["at_most_usd"] == one["per_run_usd"] > 0
    left = cloud("cloud", "run", "--through", "schedule", "--tasks", "2", "--json")
    assert (left.status, len(left.data["jobs"])) == (0, 5), left.out
    assert server.executions == {}
    assert cloud("cloud", "status", "--json").data["reserved_usd"] == 1

    assert fired(server, starters) == [200]
    assert starters.sent[0].account == STARTER
    ran = cloud("cloud", "run", "--collect", "--json")
    assert (ran.status, ran.data["runs"][0]["done"]) == (0, 5), ran.out
    each_once(jobs, 5)
    assert [path for path in Path(place).rglob("*") if path.is_file() and "runs" in path.parts] == []
    assert fired(server, starters) == [200]  # nothing waits
    listed = cloud("cloud", "schedule", "list", "--json").data["schedules"]
    assert [(one["schedule"], one["cron"], one["state"]) for one in listed] == [
        ("nightly", "0 3 * * *", "on")
    ]
    assert 0 < listed[0]["spent_usd"] < 1
    assert cloud("cloud", "status", "--json").data["runs"][0]["kind"] == "schedule"

    removed = cloud("cloud", "schedule", "remove", "--name", "nightly", "--json")
    assert removed.data["cost_usd"] == listed[0]["spent_usd"]
    assert starters.schedules == {}
    nothing_left(cloud, server, place)
    assert cloud("cloud", "schedule", "remove", "--json").json["error"]["code"] == "cloud.missing"


def test_a_job_that_fails_there_fails_here_and_is_not_tried_for_ever(
    cloud: Audobon, server: CloudRunDouble, starters: StartersDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud(*ADD)
    queue(cloud, 2)
    cloud("cloud", "run", "--through", "schedule")
    server.program = (sys.executable, "-S", "-c", "import sys; sys.exit(3)")
    fired(server, starters)
    waits = cloud("cloud", "run", "--collect", "--json")
    assert (waits.status, waits.data["runs"][0]["done"]) == (0, 0)
    server.program = (*WORKER, "0.0")
    fired(server, starters)
    assert cloud("cloud", "run", "--collect", "--json").data["runs"][0]["done"] == 2


def test_the_month_s_sum_stops_executions_there(
    cloud: Audobon, server: CloudRunDouble, starters: StartersDouble, place: str
) -> None:
    """One execution at its longest costs 0.0053 dollars, and a minute of it 0.0026."""
    tight = cloud(*ADD[:4], "--per-month", "0.0100", "--json")
    assert tight.status == 0, tight.out
    queue(cloud, 1)
    cloud("cloud", "run", "--through", "schedule")
    for _ in range(3):
        fired(server, starters)
    ends = [[task.succeeded for task in one.tasks] for one in server.executions.values()]
    assert ends == [[True], [True], [False]]
    assert any("used up its month" in line["textPayload"] for line in server.lines)
    refused = cloud(*ADD[:4], "--per-month", "0.01", "--name", "b")
    assert refused.status == 0
    shown = cloud("cloud", "run", "--through", "schedule", "--plan")
    assert shown.out.count("$0.00528 a run at most, $0.01 a month at most") == 2, shown.out
    assert cloud(*ADD[:4], "--per-month", "0.001", "--name", "c").status == 2


def test_down_ends_schedules_whatever_was_killed(
    cloud: Audobon, server: CloudRunDouble, starters: StartersDouble, place: str
) -> None:
    for name in ("a", "b", "c"):
        assert cloud(*ADD, "--name", name).status == 0
    foreign = {**next(iter(starters.schedules.values())), "description": "Mine", "name": f"{PARENT}/jobs/x"}
    starters.schedules[foreign["name"]] = foreign
    del starters.schedules[next(name for name in starters.schedules if "-b-" in name)]  # one half is gone
    server.jobs.pop(next(name for name in server.jobs if "-c-" in name))  # ... and of another the other half
    done = cloud("cloud", "down", "--json")
    assert done.status == 0, done.out
    assert {name.split("-")[-2] for name in done.data["ended"]} == {"a", "b"}
    assert list(starters.schedules.values()) == [foreign]
    assert [name for name in server.jobs if "schedule" in name] == []
    assert [job for job in server.jobs if not job.endswith("/audobon-worker")] == []


def test_down_finds_times_alone(cloud: Audobon, server: CloudRunDouble, starters: StartersDouble) -> None:
    cloud(*ADD, "--name", "alone")
    server.jobs.pop(next(name for name in server.jobs if "-alone-" in name))
    done = cloud("cloud", "down")
    assert (done.status, starters.schedules) == (0, {})
    assert "Cloud Scheduler still asked for audobon-schedule-alone-" in done.err


def test_a_schedule_whose_job_is_gone_is_listed_and_can_be_removed(
    cloud: Audobon, server: CloudRunDouble, starters: StartersDouble
) -> None:
    assert cloud(*ADD, "--name", "half-gone").status == 0
    assert cloud(*ADD, "--name", "whole").status == 0
    foreign = {**next(iter(starters.schedules.values())), "description": "Mine", "name": f"{PARENT}/jobs/x"}
    starters.schedules[foreign["name"]] = foreign
    server.jobs.pop(next(name for name in server.jobs if "-half-gone-" in name))
    listed = cloud("cloud", "schedule", "list", "--json").data["schedules"]
    assert {one["schedule"]: (one["state"], one["cron"]) for one in listed} == {
        "whole": ("on", "0 3 * * *"), "half-gone": ("no job", "0 3 * * *"),
    }  # fmt: skip
    gone = next(one for one in listed if one["schedule"] == "half-gone")
    assert (gone["job"], gone["spent_usd"], gone["running"]) == (None, None, 0)
    assert gone["remove"] == "audobon cloud schedule remove --name half-gone"
    for shown in (
        cloud("cloud", "schedule", "list", "--region", REGION),
        cloud("cloud", "status", "--region", REGION),
    ):
        assert shown.status == 0, shown.out
        assert f"`audobon cloud schedule remove --name half-gone --region {REGION}` takes it off" in shown.err
    queue(cloud, 1)
    planned = cloud("cloud", "run", "--through", "schedule", "--plan", "--json").data
    assert [one["schedule"] for one in planned["schedules"]] == ["whole"]

    assert cloud("cloud", "status", "--json").data["reserved_usd"] == 2
    removed = cloud(*gone["remove"].split()[1:], "--json")
    assert (removed.status, removed.data["cost_usd"]) == (0, 1), removed.out
    assert [name for name in starters.schedules if "half-gone" in name] == []
    assert foreign["name"] in starters.schedules
    status = cloud("cloud", "status", "--json").data
    assert (status["reserved_usd"], status["spent_this_month_usd"]) == (1, 2)  # nobody knows better any more
    assert "takes it off" not in cloud("cloud", "schedule", "list").err
    assert cloud(*gone["remove"].split()[1:], "--json").json["error"]["code"] == "cloud.missing"


def test_a_schedule_is_listed_where_cloud_run_has_none_at_all(
    cloud: Audobon, server: CloudRunDouble, starters: StartersDouble
) -> None:
    assert cloud(*ADD).status == 0
    server.jobs.pop(next(name for name in server.jobs if "-queue-" in name))
    shown = cloud("cloud", "schedule", "list")
    assert (shown.status, shown.out.split("\t")[0]) == (0, "queue"), shown.err
    assert "no job" in shown.out
    starters.apis.clear()  # Cloud Scheduler cannot be asked, and nothing says that there is a schedule
    assert (cloud("cloud", "schedule", "list").status, cloud("cloud", "status").status) == (0, 0)


def test_down_needs_no_scheduler_where_there_is_no_schedule(cloud: Audobon, starters: StartersDouble) -> None:
    starters.apis.clear()
    assert cloud("cloud", "down").status == 0
    assert cloud("cloud", "run", "--json").json["error"]["code"] == "usage.invalid"
    planned = cloud("cloud", "run", "--through", "schedule", "--plan")
    assert "audobon cloud schedule add" in planned.err


def test_what_is_wrong_leaves_no_schedule(
    cloud: Audobon, server: CloudRunDouble, starters: StartersDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(code: str, *words: str) -> str:
        ran = cloud("cloud", "schedule", "add", *words, "--json")
        assert ran.json["error"]["code"] == code, ran.out
        assert starters.schedules == {}
        assert [name for name in server.jobs if "schedule" in name] == []
        assert cloud("cloud", "status", "--json").data["reserved_usd"] == 0
        return str(ran.json["error"]["hint"])

    per = ("--per-month", "1")
    refused("usage.invalid", "at three", *per)
    refused("usage.invalid", "0 3 * * *", *per, "--time-zone", "Mars/Olympus")
    refused("usage.invalid", "0 3 * * *", *per, "--name", "Nightly!")
    starters.apis.discard("cloudscheduler")
    assert "gcloud services enable cloudscheduler" in refused("cloud.api_off", "0 3 * * *", *per)
    starters.apis.add("cloudscheduler")
    starters.denied = {"cloudscheduler.jobs.create"}
    assert "roles/cloudscheduler.admin" in refused("cloud.refused", "0 3 * * *", *per)
    starters.denied = set()
    cloud("config", "set", "budget_per_month", "0.5")
    refused("budget.spent", "0 3 * * *", *per, "--name", "other")
    monkeypatch.setenv("AUDOBON_CLOUD_STARTER", "")
    assert "--starter" in refused("usage.invalid", "0 3 * * *", *per)
    server.denied = {"run.jobs.setIamPolicy"}
    told = cloud(*ADD[:4], "--per-month", "0.1", "--starter", STARTER, "--name", "told")
    assert "gcloud run jobs add-iam-policy-binding audobon-schedule-told" in told.err


def test_the_doctor_looks_at_what_schedules_need(
    cloud: Audobon, server: CloudRunDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    def checks() -> dict[str, tuple[str, str]]:
        found = cloud("cloud", "doctor", "--json").data["checks"]
        return {one["name"]: (one["state"], one["remedy"]) for one in found}

    assert checks()["starter"][0] == "ok"
    server.denied = {"cloudscheduler.jobs.create"}
    server.apis.discard("cloudscheduler")
    found = checks()
    state, remedy = found["API cloudscheduler.googleapis.com"]
    assert (state, remedy) == ("skipped", "gcloud services enable cloudscheduler.googleapis.com --project p")
    assert "roles/cloudscheduler.admin" in found["permission cloudscheduler.jobs.create"][1]
    server.denied = {"iam.serviceAccounts.actAs"}
    assert "roles/iam.serviceAccountUser" in checks()["starter"][1]
    monkeypatch.setenv("AUDOBON_CLOUD_STARTER", "nobody@p.iam.gserviceaccount.com")
    assert checks()["starter"][0] == "failed"
    monkeypatch.setenv("AUDOBON_CLOUD_STARTER", "")
    assert "starter" not in checks()


def test_a_new_month_is_reserved_or_the_schedule_is_paused(
    server: CloudRunDouble, starters: StartersDouble, tmp_path: Path
) -> None:
    service = jobs_at(server.address)
    service.connection.place.endpoints["cloudscheduler"] = starters.address  # type: ignore[index]
    moment = [datetime(2026, 11, 30, 12, tzinfo=UTC)]
    purse = replace(money(tmp_path / "usage", 1_500_000), now=lambda: moment[0])
    schedules = Schedules(service, CloudScheduler(service.connection, REGION), purse, "0" * 16)
    wanted = ScheduleOrder("nightly", "0 3 * * *", "Etc/UTC", STARTER, 1_000_000)
    schedules.add(wanted, order("worker"), "gs://art/cloud")
    schedules.add(wanted, order("worker"), "gs://art/cloud")
    assert sum(one.micro_usd for one in purse.unsettled("cloud-run")) == 1_000_000
    assert not is_due(purse)
    moment[0] += timedelta(days=2)
    assert is_due(purse)
    assert schedules.roll() == []
    assert not is_due(purse)
    assert sum(one.micro_usd for one in purse.unsettled("cloud-run")) == 1_000_000
    moment[0] += timedelta(days=31)
    tight = replace(money(tmp_path / "usage", 500_000), now=lambda: moment[0])
    poor = Schedules(service, schedules.scheduler, tight, "0" * 16)
    assert poor.roll() == ["nightly"]
    assert [one["state"] for one in starters.schedules.values()] == ["PAUSED"]
    assert tight.unsettled("cloud-run") == []
    schedules.add(wanted, order("worker"), "gs://art/cloud")
    assert [one["state"] for one in starters.schedules.values()] == ["ENABLED"]


def test_executions_count_themselves() -> None:
    limit = ScheduleLimit("nightly", 100, 40, 1.0, 10.0)
    assert ScheduleLimit.from_variables({"AUDOBON_SCHEDULE": limit.to_text()}) == limit
    with pytest.raises(InvalidInput):
        ScheduleLimit.from_variables({"AUDOBON_SCHEDULE": json.dumps({"run": "x"})})
    remote, moment = MemoryRemote(), [datetime(2026, 11, 30, 12, tzinfo=UTC)]

    def run(name: str, seconds: float) -> None:
        with counted(limit, remote, {"CLOUD_RUN_EXECUTION": name}, lambda: moment[0]):
            moment[0] += timedelta(seconds=seconds)

    run("one", 5)  # 10 at least
    run("two", 35)
    with (
        pytest.raises(AudobonError),
        counted(limit, remote, {"CLOUD_RUN_EXECUTION": "killed"}, lambda: moment[0]),
    ):
        raise InvalidInput("It failed.", hint="")
    run("four", 30)  # 10 + 35 + 10 + 40
    with pytest.raises(BudgetSpent, match="used up its month"):
        run("five", 1)
    moment[0] += timedelta(days=1)
    run("six", 40)
