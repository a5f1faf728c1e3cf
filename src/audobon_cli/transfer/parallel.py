"""Several files at once, with one stream of progress."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from audobon_cli.domain.errors import Interrupted
from audobon_cli.domain.events import Event, Listener, Progress
from audobon_cli.transfer.download import Download, Fetched, fetch
from audobon_cli.transfer.retry import RetryPolicy

FILES_AT_ONCE = 4
"""Enough to fill a home line when one stream does not; the hub's own client takes 8."""

REPORT_SECONDS = 0.1


def in_turn(listen: Listener) -> Listener:
    """``listen`` for several threads: it hears one event at a time."""
    lock = threading.Lock()

    def heard(event: Event) -> None:
        with lock:
            listen(event)

    return heard


def fetch_all(
    downloads: Sequence[tuple[str, Download]],
    listen: Listener,
    should_stop: Callable[[], bool],
    retries: RetryPolicy | None = None,
) -> dict[str, Fetched]:
    """Fetch all (name, download) pairs, FILES_AT_ONCE at a time; the finished files by name.

    Sends Progress with unit ``bytes``: one task a file, and the task ``all files``. The first failure
    stops the others, which keep what they have, and is raised; so is Interrupted when ``should_stop``
    says so.
    """
    stop = threading.Event()
    meter = _Meter(downloads, listen)
    meter.start()
    with ThreadPoolExecutor(FILES_AT_ONCE, thread_name_prefix="download") as pool:
        running = {
            pool.submit(fetch, download, meter.reporter(name), stop, retries): name
            for name, download in downloads
        }
        try:
            return _collect(running, stop, should_stop)
        finally:
            stop.set()  # also on Ctrl-C: leaving the pool waits for its threads
            for future in running:
                future.cancel()


def _collect(
    running: dict[Future[Fetched], str], stop: threading.Event, should_stop: Callable[[], bool]
) -> dict[str, Fetched]:
    done: dict[str, Fetched] = {}
    pending = set(running)
    failure: BaseException | None = None
    while pending:
        finished, pending = wait(pending, timeout=REPORT_SECONDS, return_when=FIRST_COMPLETED)
        if should_stop():
            stop.set()
        for future in finished:
            error = None if future.cancelled() else future.exception()
            if error is not None:
                # What made the others stop is told, not that they did.
                failure = error if failure is None or isinstance(failure, Interrupted) else failure
                stop.set()
                pending = {other for other in pending if not other.cancel()}
            elif not future.cancelled():
                done[running[future]] = future.result()
    if failure is not None:
        raise failure
    return done


class _Meter:
    """Adds up what the threads report; sends each task at most some ten times a second."""

    def __init__(self, downloads: Sequence[tuple[str, Download]], listen: Listener) -> None:
        self._listen = listen
        self._lock = threading.Lock()
        self._done = {name: download.kept_bytes() for name, download in downloads}
        sizes = [download.size_bytes for _, download in downloads]
        known = [size for size in sizes if size is not None]
        self._total = sum(known) if len(known) == len(sizes) else None
        self._sent: dict[str, float] = {}

    def start(self) -> None:
        """Say what earlier runs have left."""
        self._send("all files", sum(self._done.values()), self._total)

    def reporter(self, name: str) -> Callable[[int, int | None], None]:
        """What the thread that fetches ``name`` calls."""

        def report(done: int, total: int | None) -> None:
            with self._lock:
                self._done[name] = done
                if self._due(name) or done == total:
                    self._send(name, done, total)
                whole = sum(self._done.values())
                if self._due("all files") or whole == self._total:
                    self._send("all files", whole, self._total)

        return report

    def _due(self, task: str) -> bool:
        return time.monotonic() - self._sent.get(task, 0.0) >= REPORT_SECONDS

    def _send(self, task: str, done: int, total: int | None) -> None:
        self._sent[task] = time.monotonic()
        self._listen(Progress(task, done, total, "bytes"))
