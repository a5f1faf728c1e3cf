"""The server is killed in the middle of a run and started again: no job is lost, none is done twice, and it goes on."""

import json
import random
import time

import pytest

from audobon_cli.library.store.library import Library
from audobon_cli.queue.model import JobFilter, JobState
from audobon_cli.queue.open import open_queue
from tests.ports import free_port
from tests.studio.serving import Answer, Studio, nobody_left, serving
from tests.waiting import until

pytestmark = [pytest.mark.loopback, pytest.mark.posix]

THINGS = ("cute dragon", "red apple", "iron sword", "treasure chest", "blue potion", "angry ghost")


def post(studio: Studio, path: str, body: object) -> Answer:
    """The answer to what a program sends."""
    raw = json.dumps(body).encode()
    json_type = ("Content-Type", "application/json")
    return studio.ask(f"/api/v1{path}", studio.bearer, json_type, method="POST", body=raw)


def until_done(studio: Studio, number: int) -> None:
    """Wait until so many jobs are done, as the server says."""

    def done() -> bool:
        counts = studio.get("/jobs").json["queue"]["counts"]
        assert counts["dead"] == 0, studio.get("/jobs").body
        return bool(counts["done"] >= number)

    until(done)


def trial(library: Library, chance: random.Random) -> None:
    """Ask for pictures and sounds, kill the server when some are made, and let another one see the rest through."""
    before = library.assets.count()
    asked = {"prompts": [*THINGS], "seed": chance.randrange(10**6)}
    done_before = open_queue(library).counts().of(JobState.DONE)
    with serving(library.root, "--port", str(free_port())) as studio:
        answer = post(studio, "/generate", asked)
        assert answer.status == 202, answer.body
        assert answer.headers["location"] == f"/api/v1/jobs/{answer.json['jobs'][0]['job']}"
        until_done(studio, done_before + chance.randrange(0, len(THINGS)))
        time.sleep(chance.random() / 10)
        sound = post(studio, "/generate", {"prompt": "coin", "kind": "sound", "seed": asked["seed"]})
        assert sound.status == 202
        studio.process.kill()
        studio.process.wait()
        with serving(library.root, "--port", str(studio.port)) as again:
            until_done(again, done_before + len(THINGS) + 1)
            told = again.get("/jobs").json["jobs"][-len(THINGS) - 1 :]
            for job in told:
                progress = again.get(f"/progress/{job['job']}").json
                assert (progress["status"], progress["progress"]) == ("completed", 1.0)
                assert again.ask(progress["images"][0], again.bearer).status == 200
    assert [job["title"] for job in told] == [*THINGS, "coin"]
    assert {(job["state"], job["attempts"], job["late_results"]) for job in told} == {("done", 1, 0)}
    made = [asset for job in told for asset in job["assets"]]
    assert len(made) == len(set(made)) == len(THINGS) + 1
    assert library.assets.count() == before + len(THINGS) + 1


def test_killed_in_the_middle_it_goes_on(library: Library) -> None:
    with nobody_left(library):
        trial(library, random.Random(1))
    assert open_queue(library).matching(JobFilter(states=(JobState.RUNNING,))) == []


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_twenty_kills(library: Library) -> None:
    with nobody_left(library):
        for seed in range(20):
            trial(library, random.Random(seed))


def test_without_anybody_to_run_them_jobs_wait(library: Library) -> None:
    """A paused queue stays so through a kill."""
    with nobody_left(library):
        with serving(library.root, "--port", str(free_port())) as studio:
            assert post(studio, "/queue", {"action": "pause"}).json["queue"]["paused"]
            assert post(studio, "/generate", {"prompt": "cute dragon"}).status == 202
            studio.process.kill()
            studio.process.wait()
            with serving(library.root, "--port", str(studio.port)) as again:
                told = again.get("/jobs").json
        assert (told["queue"]["paused"], told["jobs"][0]["state"]) == (True, "queued")
