"""Jobs of the queue at providers: paid once, tried again only where nothing was billed."""

import json
from pathlib import Path

import pytest

from tests.conftest import Audobon
from tests.doubles.comfyui_server import ComfyDouble
from tests.doubles.replicate_server import ReplicateDouble
from tests.doubles.service import Fault
from tests.fakes.fake_engine import FakeEngine
from tests.providers.rigs import AzureRig
from tests.providers.sdk_rigs import at

pytestmark = pytest.mark.loopback

ADD = ("queue", "add", "castle", "--provider", "replicate", "--size", "512", "--json")


def test_a_job_is_drawn_at_its_provider_and_paid_once(audobon: Audobon, replicate: ReplicateDouble) -> None:
    added = audobon(*ADD).data["jobs"][0]
    assert added["retries"] == 0, "a lost worker would have it paid for twice"
    assert replicate.log == []
    assert audobon("queue", "run", "--json").status == 0
    job = audobon("queue", "show", "1", "--json").data["job"]
    assert (job["state"], len(job["assets"]), len(replicate.bills)) == ("done", 1, 1)


def test_a_job_goes_on_at_its_fallback(
    audobon: Audobon, replicate: ReplicateDouble, fake_engine: FakeEngine
) -> None:
    replicate.faults.append(Fault("status", status=500))
    audobon(*ADD, "--fallback", "local")
    assert audobon("queue", "run", "--json").status == 0
    assert audobon("assets", "list", "--json").data["assets"][0]["model"] == "sprite"


def test_what_may_be_billed_is_not_tried_again(audobon: Audobon, replicate: ReplicateDouble) -> None:
    replicate.faults.append(Fault("status", status=500))
    audobon(*ADD, "--retries", "5")
    assert audobon("queue", "run", "--json").status == 3
    job = audobon("queue", "show", "1", "--json").data["job"]
    assert (job["state"], job["attempts"]) == ("dead", 1)


def test_a_price_is_agreed_to_when_a_job_is_added(
    audobon: Audobon, replicate: ReplicateDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUDOBON_BUDGET_CONFIRM_ABOVE", "0.001")
    assert audobon(*ADD).status == 2
    assert audobon("queue", "list", "--json").data["jobs"] == []
    assert audobon(*ADD, "--yes").status == 0


def test_rows_name_providers_of_their_own(
    audobon: Audobon, replicate: ReplicateDouble, comfy: ComfyDouble, fake_engine: FakeEngine
) -> None:
    rows = [
        {"prompt": "fox", "provider": "replicate", "size": 512},
        {"prompt": "owl", "provider": "comfyui", "model": "sd15", "size": 64, "steps": 2},
        {"prompt": "elk"},
    ]
    Path("mixed.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    planned = audobon("generate", "--batch", "mixed.jsonl", "--plan", "--json").data["plan"]
    assert planned["cost"]["total_usd"] == 0.003
    assert [job["provider"] for job in planned["jobs"]] == ["replicate", "comfyui", "local"]
    ran = audobon("generate", "--batch", "mixed.jsonl", "--json")
    assert [job["status"] for job in ran.data["jobs"]] == ["done"] * 3, ran.out
    assert (len(replicate.bills), len(comfy.bills)) == (1, 1)


def test_rows_without_seeds_go_where_there_are_none(
    audobon: Audobon, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("two.txt").write_text("fox\nowl\n", encoding="utf-8")
    with at(AzureRig, monkeypatch) as rig:
        argv = ("generate", "--batch", "two.txt", "--provider", "azure", "--yes", "--json")
        assert audobon(*argv).status == 0
        again = audobon(*argv)
        assert [job["status"] for job in again.data["jobs"]] == ["cached"] * 2
        assert len(rig.double.bills) == 2
        assert audobon("queue", "add", "elk", "--provider", "azure", "--yes").status == 0
        assert audobon("queue", "run").status == 0
        assert len(rig.double.bills) == 3
