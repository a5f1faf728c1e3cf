"""What a run tells a collector: its records as logs, its counts as metrics, its stages as spans.

All three are sent by threads of the SDK in the background while a run goes on. At its end they are sent side by side,
and whatever has not arrived within CLOSE_SECONDS is left: the SDK's own shutdown waits for a collector that does not
answer for half a minute, which is why it is never asked to do it at exit.
"""

import logging
import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from audobon_cli.__about__ import __version__
from audobon_cli.operations.counts import METRICS, Count
from audobon_cli.operations.stages import Stage, now_ns, unwatch, watch
from audobon_cli.operations.telemetry.target import TelemetryTarget

if TYPE_CHECKING:
    from opentelemetry._logs import Logger
    from opentelemetry.metrics import Meter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.trace import Span, Tracer

SERVICE = "audobon"
CLOSE_SECONDS = 1.5
"""Of the two seconds that an end may take longer: the rest is for imports and for slow machines."""
JOB = "job"
"""The stage that begins a trace of its own: a worker's run may last for weeks."""
_SEVERITIES = {"DEBUG": 5, "INFO": 9, "WARNING": 13, "ERROR": 17}
"""https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber"""
_TEMPORALITY = "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE"


class _Closing(NamedTuple):
    """One signal: ``send_rest`` sends what is left, ``give_up`` tries nothing again."""

    send_rest: Callable[[], object]
    give_up: Callable[[], object]


class TelemetryExport:
    """One run, ``run`` being its id, to ``target``, which must be usable. ``command`` names the span of the run.

    Methods raise nothing: what cannot be sent is told by ``close``.
    """

    def __init__(
        self,
        target: TelemetryTarget,
        run: str,
        command: str,
        began_ns: int,
        note: Callable[[bool], None] = lambda answered: None,
    ) -> None:
        """``note`` is told at the end whether the collector answered in time."""
        from opentelemetry.sdk.resources import Resource

        self._run = run
        self._note = note
        self._said = _LastWords()
        self._said.attach()
        self._closing: list[_Closing] = []
        named = {} if os.environ.get("OTEL_SERVICE_NAME") else {"service.name": SERVICE}
        resource = Resource.create({**named, "service.version": __version__})
        self._instruments: dict[str, Any] = {}
        self._spans: dict[Stage, Span] = {}
        to = target.endpoints
        self._tracer = _tracer(resource, to["traces"], self._closing) if "traces" in to else None
        self._meter = _meter(resource, to["metrics"], self._closing, run) if "metrics" in to else None
        self._logger = _logger(resource, to["logs"], self._closing) if "logs" in to else None
        self._root: Span | None = None
        if self._tracer is not None:
            attributes = {"audobon.run": run, "audobon.command": command}
            self._root = self._tracer.start_span(
                command or SERVICE, _parent_by_variables(), attributes=attributes, start_time=began_ns
            )
            watch(self)

    def begun(self, stage: Stage) -> None:
        """See StageWatcher."""
        from opentelemetry import trace
        from opentelemetry.context import Context

        assert self._tracer is not None
        attributes = {f"audobon.{name}": value for name, value in stage.attributes.items()}
        if stage.name == JOB:
            links = [trace.Link(self._root.get_span_context())] if self._root is not None else []
            context: Any = Context()
            attributes["audobon.run"] = self._run
        else:
            parent = self._spans.get(stage.parent) if stage.parent is not None else None
            links, context = [], trace.set_span_in_context(parent or self._root)
        self._spans[stage] = self._tracer.start_span(
            stage.name, context, attributes=attributes, links=links, start_time=stage.began_ns
        )

    def ended(self, stage: Stage) -> None:
        """See StageWatcher."""
        span = self._spans.pop(stage, None)
        if span is not None:
            _end(span, stage.failed, stage.ended_ns)

    def log(self, records: Sequence[Mapping[str, Any]]) -> None:
        """Send ``records`` as the log keeps them."""
        if self._logger is None:
            return
        from opentelemetry import trace
        from opentelemetry._logs import LogRecord, SeverityNumber

        context = trace.set_span_in_context(self._root) if self._root is not None else None
        for record in records:
            self._logger.emit(
                LogRecord(
                    timestamp=_nanoseconds(record["time"]),
                    observed_timestamp=now_ns(),
                    context=context,
                    severity_text=record["level"],
                    severity_number=SeverityNumber(_SEVERITIES.get(record["level"], 9)),
                    body=_plain(record["data"]),
                    event_name=f"audobon.{record['event']}",
                    attributes={"audobon.run": record["run"], "audobon.command": record["command"]},
                )
            )

    def count(self, counts: Sequence[Count]) -> None:
        """Add ``counts`` to the metrics, which have the names that Prometheus gets."""
        if self._meter is None:
            return
        for count in counts:
            metric = METRICS[count.name]
            labels = dict(zip(metric.labels, count.labels, strict=True))
            instrument = self._instruments.get(count.name)
            if instrument is None:
                make = self._meter.create_gauge if metric.highest else self._meter.create_counter
                instrument = make(count.name, _unit(count.name), metric.help)
                self._instruments[count.name] = instrument
            (instrument.set if metric.highest else instrument.add)(float(count.value), labels)

    def end_span(self, code: str) -> None:
        """End the span of the run, which failed of ``code`` ("": it did not)."""
        unwatch(self)
        if self._root is not None:
            _end(self._root, code, now_ns())

    def close(self) -> str:
        """Send what is left, all signals at a time, for CLOSE_SECONDS at most; why something was not sent, or ""."""
        unwatch(self)
        until = time.monotonic() + CLOSE_SECONDS
        sending = [threading.Thread(target=one.send_rest, daemon=True) for one in self._closing]
        for thread in sending:
            thread.start()
        for thread in sending:
            thread.join(max(0.0, until - time.monotonic()))
        late = sum(thread.is_alive() for thread in sending)
        self._said.detach()
        for one in self._closing:
            one.give_up()
        if late or not self._said.words:
            self._note(not late)
        if self._said.words:
            return self._said.words
        return f"the collector did not answer within {CLOSE_SECONDS:g} s" if late else ""


def _tracer(resource: "Resource", address: str, closing: list[_Closing]) -> "Tracer":
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    exporter = OTLPSpanExporter(endpoint=address or None)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    closing.append(_Closing(provider.force_flush, exporter.shutdown))
    return provider.get_tracer(SERVICE, __version__)


def _meter(resource: "Resource", address: str, closing: list[_Closing], run: str) -> "Meter":
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.sdk.metrics import Counter, MeterProvider
    from opentelemetry.sdk.metrics.export import AggregationTemporality, PeriodicExportingMetricReader
    from opentelemetry.sdk.resources import Resource

    if os.environ.get(_TEMPORALITY):
        # Sums from the start of each process: without its name, one run would seem to take back another's.
        exporter = OTLPMetricExporter(endpoint=address or None)
        resource = resource.merge(Resource({"service.instance.id": run}))
    else:
        # What short runs add, and not sums, each of which would begin at nought.
        delta = {Counter: AggregationTemporality.DELTA}
        exporter = OTLPMetricExporter(endpoint=address or None, preferred_temporality=delta)
    provider = MeterProvider([PeriodicExportingMetricReader(exporter)], resource, shutdown_on_exit=False)
    closing.append(_Closing(provider.force_flush, exporter.shutdown))
    return provider.get_meter(SERVICE, __version__)


def _logger(resource: "Resource", address: str, closing: list[_Closing]) -> "Logger":
    from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
    from opentelemetry.sdk._logs import LoggerProvider
    from opentelemetry.sdk._logs.export import BatchLogRecordProcessor

    provider = LoggerProvider(resource, shutdown_on_exit=False)
    exporter = OTLPLogExporter(endpoint=address or None)
    provider.add_log_record_processor(BatchLogRecordProcessor(exporter))
    closing.append(_Closing(provider.force_flush, exporter.shutdown))
    return provider.get_logger(SERVICE, __version__)


class _LastWords(logging.Handler):
    """What the SDK last complained of, which it would write to stderr."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.words = ""
        self._parent = logging.getLogger("opentelemetry")

    def attach(self) -> None:
        self._parent.addHandler(self)
        self._parent.propagate = False

    def detach(self) -> None:
        """From now on what it says is nobody's."""
        self._parent.removeHandler(self)
        self._parent.addHandler(logging.NullHandler())

    def emit(self, record: logging.LogRecord) -> None:
        self.words = record.getMessage()


def _parent_by_variables() -> Any:
    """The span that a caller named: https://opentelemetry.io/docs/specs/otel/context/env-carriers/"""
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    carried = {
        name: os.environ[name.upper()] for name in ("traceparent", "tracestate") if name.upper() in os.environ
    }
    return TraceContextTextMapPropagator().extract(carried)


def _end(span: Any, failed: str, ended_ns: int) -> None:
    from opentelemetry.trace import Status, StatusCode

    if failed:
        span.set_attribute("error.type", failed)
        span.set_status(Status(StatusCode.ERROR, failed))
    span.end(ended_ns)


def _unit(name: str) -> str:
    """The unit by UCUM that the name says."""
    if "_bytes" in name:
        return "By"
    return "s" if "_seconds" in name else ""


def _nanoseconds(text: str) -> int:
    from datetime import datetime

    return round(datetime.fromisoformat(text).timestamp() * 1000) * 1_000_000


def _plain(value: Any) -> Any:
    """``value`` of such types as a log record's body may have."""
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value if value is None or isinstance(value, str | bool | int | float) else str(value)
