"""`generate --batch` at providers: price before, fallbacks, and a run again that costs nothing."""

from pathlib import Path

import pytest

from tests.cli.test_contract import validator
from tests.conftest import Audobon
from tests.doubles.comfyui_server import ComfyDouble
from tests.doubles.replicate_server import ReplicateDouble
from tests.doubles.service import Fault
from tests.fakes.fake_engine import FakeEngine

pytestmark = pytest.mark.loopback

BATCH = ("generate", "--batch", "batch.txt", "--provider", "replicate", "--size", "512", "--json")


@pytest.fixture(autouse=True)
def batch_file() -> None:
    lines = "".join(
        f"{prompt} --seed {seed}\n" for seed, prompt in enumerate(("fox", "owl", "elk", "hare", "lynx"), 1)
    )
    Path("batch.txt").write_text(lines, encoding="utf-8")


def test_a_batch_is_planned_paid_once_and_complete_through_the_fallback(
    audobon: Audobon, replicate: ReplicateDouble, comfy: ComfyDouble
) -> None:
    argv = (*BATCH, "--fallback", "comfyui:sd15", "--steps", "2")
    planned = audobon(*argv, "--plan").data
    validator("generate").validate(planned)
    assert planned["plan"]["cost"]["total_usd"] == 0.015
    assert replicate.log == []
    replicate.dies_after = 2
    ran = audobon(*argv)
    assert ran.status == 0, ran.out
    assert [job["status"] for job in ran.data["jobs"]] == ["done"] * 5
    assert (len(replicate.bills), len(comfy.bills)) == (2, 3)
    again = audobon(*argv)
    assert [job["status"] for job in again.data["jobs"]] == ["cached"] * 5
    assert (len(replicate.bills), len(comfy.bills)) == (2, 3)
    assert audobon(*argv, "--plan").data["plan"]["cost"]["total_usd"] == 0


def test_what_ends_a_run_ends_a_batch_and_the_rest_is_skipped(
    audobon: Audobon, replicate: ReplicateDouble
) -> None:
    replicate.faults.append(Fault("status", status=401, after=2))
    ran = audobon(*BATCH)
    assert ran.status == 45
    assert [job["status"] for job in ran.data["jobs"]] == ["done", "done", "skipped", "skipped", "skipped"]
    assert len(replicate.asked_in("submit")) == 3


def test_one_refused_job_is_its_own_failure(audobon: Audobon, replicate: ReplicateDouble) -> None:
    replicate.faults.append(
        Fault(
            "change", "poll", times=1, change=lambda reply: replicate.failed_reply("NSFW content detected.")
        )
    )
    ran = audobon(*BATCH)
    assert [job["status"] for job in ran.data["jobs"]] == ["failed", "done", "done", "done", "done"]
    assert ran.data["jobs"][0]["error"]["code"] == "provider.moderated"


def test_fallbacks_here_get_their_memory_strategies(
    audobon: Audobon, replicate: ReplicateDouble, fake_engine: FakeEngine
) -> None:
    replicate.faults.append(Fault("status", status=500))
    ran = audobon(*BATCH, "--fallback", "local")
    assert ran.status == 0, ran.out
    assert [asset["model"] for asset in ran.data["assets"]] == ["sprite"] * 5


def test_the_price_of_a_batch_is_agreed_to(
    audobon: Audobon, replicate: ReplicateDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUDOBON_BUDGET_CONFIRM_ABOVE", "0.01")
    assert audobon(*BATCH).status == 2
    assert audobon(*BATCH, "--yes").status == 0


def test_what_a_provider_drew_is_not_said_to_be_reproducible(
    audobon: Audobon, replicate: ReplicateDouble
) -> None:
    audobon("generate", "castle", "--provider", "replicate", "--size", "512")
    ran = audobon("reproduce", "castle", "--json")
    assert ran.status != 0
    assert "promises no picture twice" in ran.out
