"""Money that stops: paid for before, once, by whichever process is first; settled by what was really taken."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from audobon_cli.cloud.money import CloudMoney
from audobon_cli.cloud.prices import CloudMachine, price_in, read_cloud_prices
from audobon_cli.domain.errors import BudgetSpent, InvalidInput
from audobon_cli.monitoring.alerts import Alert
from audobon_cli.presets.catalog import shipped_presets
from audobon_cli.providers.ledger import Grouping, SpendingLimits, UsageLedger
from tests.cloud.rigs import OPENED, PROGRAM, ended, environment, jobs_at, order
from tests.doubles.cloud_run_server import REGION, CloudRunDouble
from tests.fault_injection import child_environment
from tests.waiting import PATIENCE_SECONDS

PRICES = read_cloud_prices(shipped_presets())
HOUR = 3600


def money(folder: Path, per_month: int | None = None, told: list[Alert] | None = None) -> CloudMoney:
    def tell(alert: Alert) -> tuple[str, ...]:
        if told is not None:
            told.append(alert)
        return ()

    ledger = UsageLedger(folder)
    OPENED.append(ledger)
    return CloudMoney(ledger, SpendingLimits(per_month=per_month), PRICES, tell, folder / "alerts")


def test_the_price_of_the_longest_time() -> None:
    cheap, dear = (price_in(PRICES, "cloud-run", region) for region in (REGION, "nowhere1"))
    assert cheap.cost(CloudMachine(2, 4), (HOUR,) * 3) == 475_200  # 3 x 3600 x (2 x 18 + 4 x 2) micro-dollars
    assert cheap.cost(CloudMachine(2, 4), (1.0,)) == cheap.cost(CloudMachine(2, 4), (60.0,))
    assert dear.rate(CloudMachine(2, 4)) > cheap.rate(CloudMachine(2, 4))
    assert dear.from_memory
    assert cheap.rate(CloudMachine(4, 16, "L4")) == pytest.approx(4 * 18e-6 + 16 * 2e-6 + 186.7e-6)
    with pytest.raises(InvalidInput):
        cheap.rate(CloudMachine(8, 32, "H200"))


def test_a_budget_is_one_for_providers_and_the_cloud(tmp_path: Path) -> None:
    told: list[Alert] = []
    purse = money(tmp_path, per_month=1_000_000, told=told)
    each = order("run-00001", machine=CloudMachine(2, 4), tasks=3, retries=0, timeout_seconds=HOUR)
    assert purse.reserve(each, "cloud-run", REGION).micro_usd == 475_200
    purse.reserve(each, "cloud-run", REGION)  # the same run: counted once
    assert purse.ledger.spent_this_month() == 475_200
    assert told == []
    purse.reserve(
        order("run-00002", machine=CloudMachine(2, 4), tasks=2, retries=0, timeout_seconds=HOUR),
        "cloud-run",
        REGION,
    )
    assert [alert.finding.message.partition(":")[0] for alert in told] == ["50 %"]
    with pytest.raises(BudgetSpent) as caught:
        purse.reserve(
            order("run-00003", machine=CloudMachine(2, 4), tasks=3, timeout_seconds=HOUR), "cloud-run", REGION
        )
    assert "fewer --tasks" in caught.value.hint
    assert [alert.finding.status.value for alert in told] == ["warning", "failed"]
    purse.release("run-00002")
    purse.reserve(
        order("run-00004", machine=CloudMachine(2, 4), tasks=2, retries=0, timeout_seconds=HOUR),
        "cloud-run",
        REGION,
    )
    assert len(told) == 2  # once a month
    assert {one.id for one in purse.unsettled("cloud-run")} == {"run-00001", "run-00004"}


@pytest.mark.loopback
def test_what_was_taken_takes_the_place_of_what_was_reserved(tmp_path: Path) -> None:
    with CloudRunDouble(PROGRAM, environment()) as server:
        jobs, purse = jobs_at(server.address), money(tmp_path)
        server.preempt = {0: 1}
        purse.reserve(order("run-00001"), "cloud-run", REGION)
        jobs.submit(order("run-00001"))
        done = ended(jobs, "run-00001")
        cost = purse.settle(jobs, done)
    assert cost == PRICES[0].cost(CloudMachine(1, 0.5), (60.0,) * 3)  # an attempt costs a minute at least
    assert purse.ledger.spent_this_month() == cost
    assert [row.paid for row in purse.ledger.sums(Grouping.PROVIDER)] == [1]
    assert purse.unsettled("cloud-run") == []


SIDE_BY_SIDE = """
import sys
from pathlib import Path
from audobon_cli.domain.errors import BudgetSpent
from tests.cloud.rigs import order
from tests.cloud.test_money import money
purse = money(Path(sys.argv[1]), per_month=1_000_000)
sys.stdin.readline()
for number in range(5):
    try:
        each = order(f"run-{sys.argv[2]}-{number:03}", tasks=4, timeout_seconds=3600)
        purse.reserve(each, "cloud-run", "europe-west1")
        print("taken", flush=True)
    except BudgetSpent:
        print("refused", flush=True)
"""


def test_twenty_submissions_side_by_side_never_pass_the_limit_together(tmp_path: Path) -> None:
    """Four processes of five submissions each, let go at the same moment."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", SIDE_BY_SIDE, str(tmp_path), str(number)],
            env=child_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(4)
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    answers = [
        word for process in processes for word in process.communicate(timeout=PATIENCE_SECONDS)[0].split()
    ]
    each = PRICES[0].cost(CloudMachine(1, 0.5), (3600.0,) * 8)
    assert len(answers) == 20
    assert answers.count("taken") == 1_000_000 // each
    assert money(tmp_path).ledger.spent_this_month() == answers.count("taken") * each <= 1_000_000


def test_crossings_are_told_once_by_threads_side_by_side(tmp_path: Path) -> None:
    told: list[Alert] = []
    each = PRICES[0].cost(CloudMachine(1, 0.5), (60.0,) * 4)

    def submit(number: int) -> None:
        purse = money(tmp_path, per_month=each * 10, told=told)
        purse.reserve(order(f"run-{number:05}"), "cloud-run", REGION)

    threads = [threading.Thread(target=submit, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(alert.finding.message.partition(":")[0] for alert in told) == ["100 %", "50 %", "80 %"]
