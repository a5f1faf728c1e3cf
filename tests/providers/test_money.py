"""What is said, asked, counted and refused about money."""

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from audobon_cli.domain.errors import BudgetSpent
from audobon_cli.domain.providers import Billed, Price, Sourced, Usage
from audobon_cli.domain.request import CANDIDATE_SEED_STEP
from audobon_cli.domain.units import Size, format_usd
from audobon_cli.providers.ledger import Call, Settlement, SpendingLimits, UsageLedger
from audobon_cli.settings.locations import user_locations
from tests.conftest import Audobon
from tests.doubles.comfyui_server import ComfyDouble
from tests.doubles.replicate_server import ReplicateDouble
from tests.doubles.service import Fault
from tests.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.loopback

Rows = Callable[[], list[tuple[Any, ...]]]
ASK = ("generate", "castle", "--provider", "replicate", "--seed", "5")


def test_the_plan_says_the_price_its_source_and_makes_nothing(
    audobon: Audobon, replicate: ReplicateDouble
) -> None:
    ran = audobon(*ASK, "--count", "3", "--plan", "--fallback", "replicate:flux-dev", "--json")
    cost = ran.data["plan"]["cost"]
    assert cost["total_usd"] == 0.009
    assert cost["at_most_usd"] == pytest.approx(0.009 + 0.075)
    assert cost["requests"][0]["price_source"].startswith("https://replicate.com")
    assert replicate.log == []
    assert "$0.009" in audobon(*ASK, "--count", "3", "--plan").out


def test_pictures_in_the_library_cost_nothing(audobon: Audobon, replicate: ReplicateDouble) -> None:
    audobon(*ASK)
    planned = audobon(*ASK, "--count", "3", "--plan", "--json")
    assert planned.data["plan"]["cost"]["total_usd"] == 0.006
    again = audobon(*ASK, "--json")
    assert again.data["assets"][0]["existing"]
    assert len(replicate.bills) == 1
    audobon(*ASK, "--fresh")
    assert len(replicate.bills) == 2


def test_above_the_threshold_somebody_must_agree(
    audobon: Audobon, replicate: ReplicateDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUDOBON_BUDGET_CONFIRM_ABOVE", "0.002")
    refused = audobon(*ASK)
    assert refused.status == 2
    assert "--yes" in refused.err
    assert "$0.003" in refused.err
    assert replicate.log == []
    assert audobon(*ASK, "--yes").status == 0


@pytest.mark.parametrize("key", ["PER_RUN", "PER_MONTH"])
def test_a_run_that_the_budget_cannot_pay_is_refused_before(
    audobon: Audobon, replicate: ReplicateDouble, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv(f"AUDOBON_BUDGET_{key}", "0.01")
    ran = audobon(*ASK, "--count", "4", "--json")
    assert ran.status == 41
    assert ran.json["error"]["code"] == "budget.spent"
    assert ran.json["error"]["details"]["setting"] == f"budget.{key.lower()}"
    assert replicate.log == []
    assert audobon(*ASK, "--count", "3").status == 0


def test_every_candidate_is_planned_and_paid_for(
    audobon: Audobon, replicate: ReplicateDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    several = (*ASK, "--candidates", "3")
    planned = audobon(*several, "--plan", "--json").data["plan"]["cost"]
    assert (planned["total_usd"], planned["requests"][0]["pictures"]) == (0.009, 3)
    monkeypatch.setenv("AUDOBON_BUDGET_PER_RUN", "0.007")
    assert audobon(*several).status == 41
    assert replicate.log == []
    monkeypatch.delenv("AUDOBON_BUDGET_PER_RUN")
    asset = audobon(*several, "--json").data["assets"][0]
    assert len(replicate.bills) == 3
    assert asset["seed"] in {5 + place * CANDIDATE_SEED_STEP for place in range(3)}
    assert audobon(*several, "--json").data["assets"][0]["existing"]
    assert len(replicate.bills) == 3, "found again: nothing more is paid"
    assert audobon(*ASK, "--quality", "ultra").status == 0
    assert len(replicate.bills) == 4, "a quality never multiplies what is paid"


def test_candidates_that_were_paid_for_are_chosen_among_when_a_later_call_fails(
    audobon: Audobon, replicate: ReplicateDouble
) -> None:
    replicate.faults.append(Fault("status", status=401, after=2))
    ran = audobon(*ASK, "--candidates", "3", "--events")
    assert ran.status == 0
    chosen = next(event for event in ran.events if event["event"] == "candidate_chosen")
    assert len(chosen["scores"]) == len(replicate.bills) == 2
    assert any("2 of 3 candidates" in event.get("message", "") for event in ran.events)


def test_the_budget_is_a_table_of_the_settings_file(audobon: Audobon, replicate: ReplicateDouble) -> None:
    with open("audobon.toml", "w", encoding="utf-8") as file:
        file.write("[budget]\nper_month = 0.003\n")
    assert audobon(*ASK).status == 0
    ran = audobon("generate", "tower", "--provider", "replicate", "--json")
    assert ran.status == 41
    assert len(replicate.bills) == 1


def test_an_unknown_outcome_counts_as_paid_and_ends_the_budget(
    audobon: Audobon, replicate: ReplicateDouble, ledger_rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUDOBON_BUDGET_PER_MONTH", "0.003")
    replicate.faults.append(Fault("reset", times=1))
    assert audobon(*ASK).status == 46
    assert ledger_rows() == [("replicate", "flux-schnell", "unknown", 1, 3000, "provider.outcome_unknown")]
    assert audobon(*ASK).status == 41
    assert len(replicate.asked_in("submit")) == 1


def test_usage_sums_by_provider_model_and_day(audobon: Audobon, replicate: ReplicateDouble) -> None:
    audobon(*ASK, "--count", "2")
    audobon("generate", "tower", "--provider", "replicate", "--model", "flux-dev")
    replicate.faults.append(Fault("status", status=403))
    audobon("generate", "gate", "--provider", "replicate")
    by_model = audobon("usage", "--by", "model", "--json").data
    assert by_model["usage"] == [
        {
            "model": "replicate flux-dev",
            "calls": 1,
            "paid": 1,
            "unpaid": 0,
            "unknown": 0,
            "usd": 0.025,
            "free": 0,
        },
        {
            "model": "replicate flux-schnell",
            "calls": 3,
            "paid": 2,
            "unpaid": 1,
            "unknown": 0,
            "usd": 0.006,
            "free": 0,
        },
    ]
    assert by_model["total_usd"] == by_model["spent_this_month_usd"] == 0.031
    rows = list(csv.DictReader(io.StringIO(audobon("usage", "--by", "day", "--csv").out)))
    assert [(row["calls"], row["usd"]) for row in rows] == [("4", "0.031000")]
    assert audobon("usage").out == "replicate\t4\t3\t1\t0\t$0.031\t0\n"
    assert audobon("usage", "--csv", "--json").status == 2


def test_pictures_of_a_server_of_ones_own_are_free_and_not_paid(audobon: Audobon, comfy: ComfyDouble) -> None:
    assert audobon("generate", "castle", "--provider", "comfyui", "--count", "2").status == 0
    (row,) = audobon("usage", "--json").data["usage"]
    assert row == {
        "provider": "comfyui",
        "calls": 2,
        "paid": 0,
        "unpaid": 0,
        "unknown": 0,
        "usd": 0.0,
        "free": 2,
    }


def test_usage_of_nobody_is_empty(audobon: Audobon) -> None:
    assert audobon("usage", "--json").data["usage"] == []
    assert not user_locations().usage.exists()


def test_the_recipe_carries_the_receipt_and_is_found_without_it(
    audobon: Audobon, replicate: ReplicateDouble
) -> None:
    made = audobon(*ASK, "--json").data["assets"][0]
    recipe = audobon("assets", "show", made["id"], "--json").data["asset"]["recipe"]
    assert recipe["engine"] == "replicate"
    assert recipe["receipt"] == {
        "provider": "replicate",
        "model": "black-forest-labs/flux-schnell",
        "request_id": "p0",
        "price_usd": 0.003,
        "price_is": "listed",
    }


PRICE = Price(
    Sourced("a page", "2026-11-21"),
    per_picture={"default": 0.04, "draft": 0.01},
    per_million={"text_in": 5.0, "image_out": 30.0},
)


def test_a_reply_with_tokens_is_billed_by_them() -> None:
    size = Size(1024, 1024)
    assert PRICE.estimate("draft", size) == 10_000
    assert PRICE.estimate("high", size) == 40_000
    assert PRICE.actual(Usage({"text_in": 9, "image_out": 272}), "high", size) == 8_205
    assert PRICE.actual(Usage(cost_usd=0.5), "high", size) == 500_000
    assert PRICE.actual(Usage(), "high", size) == 40_000
    assert Price(PRICE.origin, per_megapixel=0.01).estimate("high", size) == 10_486
    assert (
        Price(PRICE.origin, {"default": 0.02}, per_second=0.001).actual(Usage(seconds=3.5), "x", size)
        == 3_500
    )


@pytest.mark.parametrize(
    ("micro", "words"),
    [
        (0, "$0.00"),
        (3_000, "$0.003"),
        (31_000, "$0.031"),
        (1_200_000, "$1.20"),
        (12_500_000, "$12.50"),
        (1, "$0.000001"),
    ],
)
def test_money_is_shown_as_exactly_as_needed(micro: int, words: str) -> None:
    assert format_usd(micro) == words


def test_a_reservation_counts_until_it_is_settled() -> None:
    ledger = UsageLedger(user_locations().usage)
    call, budget = Call("replicate", "there", "flux", "draft", 40), SpendingLimits(per_run=100)
    first, second = ledger.reserve(call, budget), ledger.reserve(call, budget)
    with pytest.raises(BudgetSpent):
        ledger.reserve(call, budget)
    ledger.settle(first, Settlement(Billed.NO))
    ledger.settle(second, Settlement(Billed.UNKNOWN))
    third = ledger.reserve(call, budget)
    ledger.settle(third, Settlement(Billed.YES, 60))
    assert ledger.spent_this_month() == 100
    ledger.close()
    other = UsageLedger(user_locations().usage)  # another command has a budget of its own for its run
    other.reserve(call, budget)
    with pytest.raises(BudgetSpent):
        other.reserve(call, SpendingLimits(per_month=150))
    other.close()


SPENDER = """
import sys
import time
from pathlib import Path
from audobon_cli.domain.errors import BudgetSpent
from audobon_cli.domain.providers import Billed
from audobon_cli.providers.ledger import SpendingLimits, Call, Settlement, UsageLedger
ledger, paid = UsageLedger(Path(sys.argv[1])), 0
print("ready", flush=True)
sys.stdin.readline()
for _ in range(40):
    try:
        ident = ledger.reserve(Call("p", "s", "m", "q", 1000), SpendingLimits(per_month=30_000))
    except BudgetSpent:
        break
    time.sleep(0.005)  # so that both have reservations that are not settled
    ledger.settle(ident, Settlement(Billed.YES, 1000))
    paid += 1
print(paid)
"""


def test_processes_side_by_side_never_pass_the_budget() -> None:
    folder = str(user_locations().usage)
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", SPENDER, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    for run in runs:
        assert run.stdout is not None
        assert run.stdout.readline() == "ready\n"
    for run in runs:
        assert run.stdin is not None
        run.stdin.write("go\n")
        run.stdin.flush()
    paid = [int(run.communicate(timeout=PATIENCE_SECONDS)[0]) for run in runs]
    assert sum(paid) == 30


def test_two_commands_side_by_side_never_pass_the_budget(replicate: ReplicateDouble) -> None:
    environment = {**os.environ, "AUDOBON_BUDGET_PER_MONTH": "0.015"}
    runs = [
        subprocess.Popen(
            [
                *(sys.executable, "-m", "audobon_cli", "generate", prompt, "--provider", "replicate"),
                *("--count", "4", "--json", "--size", "512"),
            ],
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        for prompt in ("castle", "tower")
    ]
    ended = [json.loads(run.communicate(timeout=PATIENCE_SECONDS)[0].splitlines()[-1]) for run in runs]
    assert len(replicate.bills) == 5
    made = sum(len(one.get("data", {}).get("assets", ())) for one in ended)
    assert made == 5
    assert {one["error"]["code"] for one in ended if not one["ok"]} == {"budget.spent"}
