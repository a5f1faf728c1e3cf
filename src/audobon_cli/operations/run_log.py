"""What every run leaves behind: its records in the log, and its counts beside the metrics.

Written without the module logging, whose import takes longer than many commands. Command lines are not kept, as
prompts and paths are nobody's business; keys are cleaned out of what is.
"""

import contextlib
import os
import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from audobon_cli.domain.secrets import redacted
from audobon_cli.platforms import current

if TYPE_CHECKING:
    from audobon_cli.domain.events import Event
    from audobon_cli.operations.counts import RunCounts
    from audobon_cli.operations.telemetry.export import TelemetryExport

RUN_BYTES = 8
FLUSH_SECONDS = 2.0
"""A run that goes on writes what it has so often, so that a kill loses seconds, and others can follow."""
COUNT_SECONDS = 30.0
STEADY = ("step", "progress", "image_started", "candidate_started", "queue_changed")
"""Events of which there are too many, and that say only that a run goes on."""
HIDDEN = "[hidden]"
SHORTEST_HIDDEN = 4
"""Shorter words of prompts are not hidden: they would blank out ordinary ones."""


class LogPlaces(NamedTuple):
    """Where the log and the counts go, and who says whether prompts and other words of the user may be in the log."""

    log: Path
    counts: Path
    prompts: Callable[[], bool] = lambda: False


class RunLog:
    """The log of one run, under the id ``run``.

    ``show`` is given each record as it comes, and whether it is steady (None: nobody). ``typed`` are the words of the
    command line: no record on the disk repeats them, prompts or names, unless the places say so.
    """

    def __init__(
        self, show: "Callable[[dict[str, Any], bool], None] | None" = None, typed: Sequence[str] = ()
    ) -> None:
        self.run = os.urandom(RUN_BYTES).hex()
        self.command = ""
        self.places: LogPlaces | None = None
        """None until it is known which user's folders they are; a run that ends before leaves nothing."""
        self.export: TelemetryExport | None = None
        """Who sends elsewhere what the log and the counts get; None: nobody."""
        self.counts_events = True
        """False for a run whose events are those of other runs, which count them."""
        self._show = show
        self.began_ns = time.time_ns()
        self._began = time.monotonic()
        self._flushed = self._counted = self._began
        self._lines: list[tuple[dict[str, Any], Sequence[str]]] = []
        self._parts = 0
        self._counts: RunCounts | None = None
        self._private: set[str] = set()
        self._keep_private(typed)
        self.code = ""
        """Of the error that ends the run."""

    def record(
        self,
        level: str,
        event: str,
        data: Mapping[str, Any],
        private: Sequence[str] = (),
        steady: bool = False,
    ) -> None:
        """One record. What is ``steady`` is not kept; ``private`` names what of ``data`` is the user's alone."""
        if steady and self._show is None:
            return
        from audobon_cli.operations.log_file import timestamp

        line = {
            "time": timestamp(time.time()),
            "level": level,
            "run": self.run,
            "pid": os.getpid(),
            "command": self.command,
            "event": event,
            "data": redacted(dict(data)),
        }
        if self._show is not None:
            self._show(line, steady)
        if not steady:
            self._lines.append((line, private))
            if time.monotonic() - self._flushed > FLUSH_SECONDS:
                self._flush()

    def hear(self, event: "Event") -> None:
        """Record and count what happened."""
        data = event.to_dict()
        name = data.pop("event")
        for key in event.private:
            value = data.get(key) or ()
            self._keep_private([value] if isinstance(value, str) else value)
        self.record("WARNING" if name == "warning" else "INFO", name, data, event.private, name in STEADY)
        if self.counts_events:
            if self._counts is None:
                from audobon_cli.operations.counts import RunCounts

                self._counts = RunCounts()
            self._counts.hear(event)
            if time.monotonic() - self._counted > COUNT_SECONDS:
                self._write_counts(None)

    def failed(self, code: str, message: str, traceback: str = "") -> None:
        """The error that ends the run, and for a bug where it came about."""
        self.code = code
        data = {"code": code, "message": message}
        self.record("ERROR", "failed", data | ({"traceback": traceback} if traceback else {}))

    @property
    def seconds(self) -> float:
        """How long the run has taken."""
        return time.monotonic() - self._began

    def end(self, status: int) -> None:
        """Say how the run ended, and write. A place that cannot be written to costs the log, not the command."""
        seconds = round(self.seconds, 3)
        peak = current().peak_bytes()
        data = {"status": status, "code": self.code, "seconds": seconds, "peak_memory_bytes": peak}
        self.record("INFO" if status == 0 else "ERROR", "run_ended", data)
        if self.export is not None:
            self.export.end_span(self.code)
        self._flush()
        self._write_counts((status, self.code, seconds, peak))
        self._end_export()

    def _end_export(self) -> None:
        export, self.export = self.export, None
        why = export.close() if export is not None else ""
        if why:
            self.record("WARNING", "telemetry_unsent", {"message": why})
            self._flush()

    def _keep_private(self, texts: Iterable[str]) -> None:
        """Let no record repeat ``texts``, nor the longer words in them."""
        for text in texts:
            self._private.update(
                word
                for word in (text, *text.split())
                if len(word) >= SHORTEST_HIDDEN and not word.isdecimal()
            )

    def _flush(self) -> None:
        self._flushed = time.monotonic()
        if self.places is None or not self._lines:
            return
        from audobon_cli.operations.log_file import append_lines, as_json

        kept, self._lines = self._lines, []
        lines = [line for line, _ in kept] if self.places.prompts() else [self._hidden(*one) for one in kept]
        if self.export is not None:
            self.export.log(lines)
        with contextlib.suppress(OSError):
            append_lines(self.places.log, "".join(f"{as_json(line)}\n" for line in lines))

    def _hidden(self, line: dict[str, Any], private: Sequence[str]) -> dict[str, Any]:
        data = {key: HIDDEN if value and key in private else value for key, value in line["data"].items()}
        if self._private:
            words = sorted(self._private, key=len, reverse=True)
            data = _without(re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, words))})(?!\w)"), data)
        return {**line, "data": data}

    def _write_counts(self, ended: tuple[int, str, float, int] | None) -> None:
        self._counted = time.monotonic()
        if self.places is None:
            return
        from audobon_cli.domain.errors import AudobonError
        from audobon_cli.operations.counts import counts_of_end, counts_of_sandbox
        from audobon_cli.operations.spool import RunEnd, spool_counts

        counts = self._counts.take() if self._counts is not None else []
        counts += counts_of_sandbox()
        if ended is None and not counts:
            return
        if self.export is not None:
            self.export.count([*counts, *(counts_of_end(self.command, *ended[1:]) if ended else ())])
        self._parts += 1
        part = f"{self.run}.{self._parts}"
        with contextlib.suppress(OSError, AudobonError):
            end = RunEnd(*ended) if ended else None
            if spool_counts(self.places.counts, part, self.command, counts, end):
                from audobon_cli.operations.metrics_store import MetricsStore

                with MetricsStore(self.places.counts) as store:
                    store.take_in()


def _without(pattern: "re.Pattern[str]", value: Any) -> Any:
    """``value``, JSON-ready, with what ``pattern`` finds hidden in every text in it."""
    if isinstance(value, str):
        return pattern.sub(HIDDEN, value)
    if isinstance(value, dict):
        return {key: _without(pattern, one) for key, one in value.items()}
    return [_without(pattern, one) for one in value] if isinstance(value, list | tuple) else value
