"""The machine over HTTP: the same as the commands say; a model is pulled by a job; nothing names a path of the disk."""

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from audobon_cli.backup.destinations import Destination, with_destination
from audobon_cli.domain.ids import blob_id
from audobon_cli.library.store.library import Library
from audobon_cli.monitoring.health import HealthFinding, HealthStatus
from audobon_cli.monitoring.samples import joined, with_sample
from audobon_cli.monitoring.state import MinuteSample, MonitorPlace, MonitorState
from audobon_cli.queue.add import JobOptions, add_command
from audobon_cli.queue.model import JobFilter, JobKind, JobState
from audobon_cli.queue.open import open_queue
from audobon_cli.queue.runners.base import JobContext
from audobon_cli.queue.runners.command import CommandRunner
from audobon_cli.queue.store.control import JobSteering
from audobon_cli.queue.training_runs import add_run, status_of
from audobon_cli.training.pictures.training_set import TrainingPicture, training_set
from audobon_cli.training.run import TrainingRun
from audobon_cli.training.settings import TrainingSettings
from tests.conftest import Audobon
from tests.studio.serving import Inside, fill, png


def got(inside: Inside, target: str) -> Any:
    """What a path answers."""
    answer = inside.ask("GET", target)
    assert answer.status == 200, answer.body
    return answer.json


def test_answers_are_those_of_the_commands(library: Library, inside: Inside, audobon: Audobon) -> None:
    where = ("--library", str(library.root), "--offline", "--json")
    names = [one["name"] for one in got(inside, "/doctor")["checks"]]
    assert names == [one["name"] for one in audobon("doctor", *where).data["checks"]]
    assert got(inside, "/usage") == audobon("usage", *where).data
    assert got(inside, "/usage?by=day&month=true")["by"] == "day"
    listed = audobon("models", "list", *where).data["models"]
    assert got(inside, "/models")["models"] == [
        {key: value for key, value in one.items() if key != "folder"} for one in listed
    ]
    assert got(inside, "/training") == {"runs": []}


def test_memory_is_measured_with_every_look_and_the_monitors_is_joined(
    library: Library, inside: Inside
) -> None:
    first = got(inside, "/machine")
    assert first["monitor"] == {"runs": False, "looked": None, "findings": [], "actions": []}
    assert first["machine"]["memory_bytes"] >= first["samples"][-1]["available_bytes"] > 0
    place = MonitorPlace(inside.place.locations.monitor, inside.place.library_path)
    place.folder.mkdir(parents=True, exist_ok=True)
    now = time.time()
    minute = int(now // 60) - 5
    finding = HealthFinding("disk", HealthStatus.OK, "much free")
    state = MonitorState(1, now, now, (finding,), ("did it",), (MinuteSample(minute, 7, 9, 70),))
    place.write(state)
    found = got(inside, "/machine")
    assert (found["samples"][0]["minute"], found["samples"][0]["card_celsius"]) == (minute, 70)
    assert len(found["samples"]) in (2, 3)
    assert found["monitor"]["findings"][0]["message"] == "much free"


def test_samples_of_a_minute_keep_the_worst_and_an_hour_is_enough() -> None:
    samples: tuple[MinuteSample, ...] = ()
    for minute, available, used, hot in ((1, 9, 1, None), (1, 5, 3, 60), (1, 8, 2, 50), (2, 7, 7, None)):
        samples = with_sample(samples, MinuteSample(minute, available, used, hot))
    assert samples == (MinuteSample(1, 5, 3, 60), MinuteSample(2, 7, 7, None))
    others = [MinuteSample(minute, 1, 0, None) for minute in range(2, 90)]
    both = joined(samples, others)
    assert (len(both), both[0].minute, both[-1].minute) == (60, 30, 89)
    assert joined(samples, [MinuteSample(2, 9, 9, None)])[-1] == MinuteSample(2, 7, 9, None)


def test_backups_are_told_by_destination(
    library: Library, inside: Inside, audobon: Audobon, tmp_path: Path
) -> None:
    assert got(inside, "/backups") == {"destinations": []}
    settings = inside.place.locations.settings_file
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text(with_destination("", Destination(str(tmp_path / "kept"), "disk"), True))
    inside.place.__dict__.pop("destinations", None)
    (one,) = got(inside, "/backups")["destinations"]
    assert (one["name"], one["age_seconds"], one["reachable"]) == ("disk", None, False)


def test_a_model_of_the_list_is_pulled_by_one_job(
    library: Library, inside: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    offline = inside.ask("POST", "/models/pull", {"name": "sdxl"})
    assert (offline.status, offline.code) == (503, "source.offline")
    monkeypatch.setattr(type(inside.place.settings), "offline", False)
    jobs = open_queue(library)
    JobSteering(jobs.database).pause_queue(True)  # so that nobody runs it
    asked = {"name": "sdxl", "agreed": True}
    first = inside.ask("POST", "/models/pull", asked)
    number = first.json["job"]["job"]
    assert (first.status, first.headers["location"]) == (202, f"/api/v1/jobs/{number}")
    assert inside.ask("POST", "/models/pull", asked).json["job"]["job"] == number
    (job,) = jobs.matching(JobFilter())
    assert (job.kind, job.request["words"]) == (JobKind.COMMAND, ["models", "pull", "sdxl", "--yes"])
    JobSteering(jobs.database).cancel(JobFilter((job.number,)))
    assert inside.ask("POST", "/models/pull", asked).json["job"]["job"] != number


def test_breakers_are_told_and_reset(library: Library, inside: Inside) -> None:
    registry = inside.place.providers
    registry.breakers.change(
        "replicate",
        "https://api.replicate.com",
        lambda one: replace(
            one, failures=5, failed=registry.breakers.now(), why="down", opened=registry.breakers.now()
        ),
    )
    found = got(inside, "/providers")
    assert {one["name"] for one in found["providers"]} >= {"comfyui", "replicate"}
    (breaker,) = found["breakers"]
    assert (breaker["state"], breaker["failures"], breaker["retry_after_seconds"] > 0) == ("open", 5, True)
    assert inside.ask("POST", "/providers/reset", {"name": "nobody"}).status == 404
    (gone,) = inside.ask("POST", "/providers/reset", {"name": "replicate"}).json["servers"]
    assert gone["server"] == breaker["server"]
    assert got(inside, "/providers")["breakers"] == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "usage.invalid"),
        ({"name": 1}, "usage.invalid"),
        ({"name": ""}, "usage.invalid"),
        ({"name": "sdxl", "agreed": 1}, "usage.invalid"),
        ({"name": "/etc/passwd"}, "model.not_found"),
        ({"name": "hf:some/model"}, "model.not_found"),
        ({"name": "https://example.com/x.safetensors"}, "model.not_found"),
        ({"name": "--help"}, "model.not_found"),
    ],
)
def test_what_is_no_model_of_the_list_is_refused(
    library: Library, inside: Inside, body: dict[str, Any], code: str
) -> None:
    assert inside.ask("POST", "/models/pull", body).code == code
    assert open_queue(library).matching(JobFilter()) == []


def test_a_studio_that_only_reads_pulls_nothing(library: Library, inside: Inside) -> None:
    reading = Inside(inside.place, inside.generation, read_only=True)
    assert reading.ask("POST", "/models/pull", {"name": "sdxl"}).code == "usage.http_read_only"
    assert reading.ask("GET", "/doctor").status == 200


def test_a_command_of_the_queue_tells_how_far_it_is(library: Library, tmp_path: Path) -> None:
    from audobon_cli.queue.progress import Tracker

    ids = fill(library, 3)
    jobs = open_queue(library)
    words = ["sprite", "upscale", *ids]
    job = add_command(jobs, words, JobOptions(), tmp_path)
    seen = []
    tracker = Tracker(lambda _: seen.append(tracker.progress), 0)
    made = CommandRunner(jobs).run(job, JobContext(tracker, lambda: False))
    assert len(made.assets) == 3
    assert [(one.step, one.steps, one.percent, one.doing) for one in seen] == [
        (33, 100, 33.0, "upscale"), (66, 100, 66.0, "upscale"), (100, 100, 100.0, "upscale"),
    ]  # fmt: skip


def a_run(library: Library) -> int:
    """A run that has measured three times and drawn a sheet."""
    pictures = tuple(
        TrainingPicture(blob_id(b"%d" % place), f"p{place}", "a box", 8, 8, True) for place in range(3)
    )
    chosen = training_set(pictures, "zorv")
    jobs = open_queue(library)
    job = add_run(jobs, TrainingRun("boxes", "sprite", "m" * 64, TrainingSettings(), chosen), JobOptions())
    folder = status_of(job, library).folder
    folder.samples.mkdir(parents=True)
    (folder.samples / "step-0003.png").write_bytes(png(8, "sample"))
    for step in (1, 2, 3):
        entry = {
            "step": step,
            "learnt": 1 / step,
            "held_out": 1.1 / step,
            "untrained": 1.2,
            "best_step": step,
        }
        folder.note({**entry, "words": "it learns"})
    return job.number


def test_training_runs_have_their_losses_and_samples_and_no_paths(library: Library, inside: Inside) -> None:
    number = a_run(library)
    (row,) = got(inside, "/training")["runs"]
    assert (row["name"], row["state"], row["step"]) == ("boxes", JobState.QUEUED.value, 3)
    run = got(inside, f"/training/{number}")["run"]
    assert [one["learnt"] for one in run["losses"]] == [1, 1 / 2, 1 / 3]
    assert str(library.root) not in json.dumps(run)
    (sample,) = run["samples"]
    shown = inside.ask("GET", sample.removeprefix("/api/v1"))
    assert (shown.status, shown.headers["content-type"]) == (200, "image/png")
    for target, code in (
        (f"/training/{number}/samples/1", "usage.http_route"),
        (f"/training/{number}/samples/..", "usage.invalid"),
        ("/training/99", "training.run_not_found"),
        ("/training/x", "usage.invalid"),
        ("/usage?by=moon", "usage.invalid"),
        ("/usage?month=1", "usage.invalid"),
    ):
        assert inside.ask("GET", target).code == code, target
