"""What providers cost in time: a call while the breaker is open, the bookkeeping of a call, start-up beside them.

``python -m bench.providers``: against doubles on this machine, side by side in one run.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.doubles.replicate_server import ReplicateDouble
from tests.doubles.service import Fault

from audobon_cli.domain.errors import ProviderError
from audobon_cli.domain.events import ignore
from audobon_cli.domain.request import GenerationRequest, ResolvedRequest
from audobon_cli.generation.resolve.remote import RemoteContext, resolve_remote
from audobon_cli.presets.catalog import Presets, shipped_presets
from audobon_cli.providers.access import ProviderAccess
from audobon_cli.providers.breakers import FAILURES_TO_OPEN
from audobon_cli.providers.call import Caller
from audobon_cli.providers.ledger import Call, SpendingLimits, UsageLedger
from audobon_cli.providers.services.registry import create_provider
from audobon_cli.settings.settings import Settings
from audobon_cli.transfer.retry import RetryPolicy

ROUNDS = 100


def main() -> None:
    """Print all figures."""
    with tempfile.TemporaryDirectory() as folder, ReplicateDouble() as double:
        presets = Presets((("built-in", shipped_presets()),))
        variables = {"REPLICATE_BASE_URL": double.address, "REPLICATE_API_TOKEN": double.key}
        preset = presets.provider("replicate")
        ledger = UsageLedger(Path(folder) / "usage")
        provider = create_provider(ProviderAccess(preset, variables, lambda name: None))
        caller = Caller(preset, provider, ledger, SpendingLimits(), RetryPolicy(failures=0))
        request = _request(presets)
        double.polls = 0
        caller.draw(request, 1, 0, ignore, lambda: False)
        made = _times(lambda: caller.draw(request, 1, 0, ignore, lambda: False), 10)
        double.faults.append(Fault("status", status=500))
        for _ in range(FAILURES_TO_OPEN):
            _refused(caller, request)
        asked = len(double.log)
        refused = _times(lambda: _refused(caller, request), ROUNDS)
        if len(double.log) != asked:
            raise SystemExit("the breaker let requests through")
        reserved = _times(lambda: ledger.reserve(Call("p", "s", "m", "q", 0), SpendingLimits()), ROUNDS)
        ledger.close()
        provider.close()
    _show("a picture of 1024x1024 from the double, decoded", made)
    _show("a call while the breaker is open", refused)
    _show("a reservation in the ledger (durable)", reserved)
    for argv in (("--version",), ("presets", "list"), ("usage",), ("providers", "list")):
        _show(f"audobon {' '.join(argv)}", _times(lambda argv=argv: _run(argv), 5))


def _request(presets: Presets) -> ResolvedRequest:
    def here(request: GenerationRequest) -> ResolvedRequest:
        raise AssertionError("nothing is drawn here")

    def no_library() -> None:
        raise AssertionError("nothing is looked up")

    places = RemoteContext(presets, Settings(), here, no_library)  # type: ignore[arg-type]
    return resolve_remote(GenerationRequest("castle", seed=1), presets.provider("replicate"), places)


def _refused(caller: Caller, request: ResolvedRequest) -> None:
    try:
        caller.draw(request, 1, 0, ignore, lambda: False)
    except ProviderError:
        return
    raise SystemExit("the provider should have failed")


def _run(argv: tuple[str, ...]) -> None:
    subprocess.run([sys.executable, "-m", "audobon_cli", *argv], capture_output=True, check=True)


def _times(call: Callable[[], object], rounds: int) -> list[float]:
    found = []
    for _ in range(rounds):
        began = time.perf_counter()
        call()
        found.append(time.perf_counter() - began)
    return found


def _show(what: str, seconds: list[float]) -> None:
    middle, worst = statistics.median(seconds) * 1000, max(seconds) * 1000
    print(f"{what:<48} {middle:9.2f} ms, at worst {worst:9.2f} ms")


if __name__ == "__main__":
    main()
