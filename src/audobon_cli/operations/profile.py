"""What a run spent its time and memory on: stages and layers in the Trace Event Format that Perfetto and Chrome read.

https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU names its fields. Of ours: complete
events ("X") for stages, counters ("C") for memory, names of processes and threads ("M"). Layers come from whoever runs
networks, as events of that same format, and get a process of their own beside ours.
"""

import contextlib
import gzip
import itertools
import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from audobon_cli.__about__ import __version__
from audobon_cli.dataclass import dataclass
from audobon_cli.operations.stages import Stage, now_ns, watched_by
from audobon_cli.platforms import current

SAMPLE_SECONDS = 0.02
RESIDENT = "resident"
MOST_LAYERS = 20
GZIP_SUFFIX = ".gz"
_OWN_PROCESS = 1
"""Processes of a trace are numbered, not those of the system: the same run gives the same tracks."""


class LayerTime(NamedTuple):
    """All layers of one kind: ``source`` is the network or runtime, ``seconds`` without what they called."""

    source: str
    layer: str
    calls: int
    seconds: float


@dataclass(frozen=True, slots=True)
class LayerTrace:
    """Layers of ``source``: ``events`` have times in microseconds after ``began_ns`` (since 1970)."""

    source: str
    began_ns: int
    events: Sequence[dict[str, Any]]
    times: Sequence[LayerTime]


class StageTime(NamedTuple):
    """All stages of one name; those inside others are within their seconds. ``peak_bytes``: most resident in one."""

    stage: str
    calls: int
    seconds: float
    peak_bytes: int


@dataclass(frozen=True, slots=True)
class ProfileSummary:
    """A profile in figures: ``stages`` in the order in which they first began, ``layers`` by seconds."""

    seconds: float
    peak_bytes: int
    stages: tuple[StageTime, ...]
    layers: tuple[LayerTime, ...]


@dataclass(slots=True)
class RunProfile:
    """What happens in this process while `profiling` is entered. Its methods may be called from any thread."""

    folder: Path
    began_ns: int = field(default_factory=now_ns)
    ended_ns: int = 0
    _stages: list[Stage] = field(default_factory=list)
    _samples: list[tuple[int, dict[str, int]]] = field(default_factory=list)
    _memory: dict[str, Callable[[], int | None]] = field(
        default_factory=lambda: {RESIDENT: current().resident_bytes}
    )
    _threads: dict[int, str] = field(default_factory=dict)
    _pending: list[Callable[[], LayerTrace]] = field(default_factory=list)
    _layers: list[LayerTrace] = field(default_factory=list)
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    def begun(self, stage: Stage) -> None:
        """See StageWatcher."""
        self._threads.setdefault(stage.thread, threading.current_thread().name)
        self._stages.append(stage)

    def ended(self, stage: Stage) -> None:
        """See StageWatcher."""

    def watch_memory(self, name: str, read: Callable[[], int | None]) -> None:
        """Add ``name`` to the timeline of memory: ``read`` gives its bytes, or None while it has none."""
        self._memory[name] = read

    def layer_file(self, name: str) -> Path:
        """Where a runtime may write what it traced; no two are the same, and it is gone after the profile."""
        return self.folder / f"{next(self._numbers)}-{name}"

    def add_layers(self, found: LayerTrace) -> None:
        """Take what was traced."""
        self._layers.append(found)

    def at_end(self, read: Callable[[], LayerTrace]) -> None:
        """Call ``read`` for layers when the profile ends."""
        self._pending.append(read)

    def sample(self) -> None:
        """Note how much memory is in use now."""
        found = {name: read() for name, read in list(self._memory.items())}
        self._samples.append((now_ns(), {name: value for name, value in found.items() if value is not None}))

    def end(self) -> None:
        """Take what layers are pending; nothing happens to the profile any more."""
        self.ended_ns = now_ns()
        for read in self._pending:
            self._layers.append(read())
        self._pending.clear()

    def summary(self) -> ProfileSummary:
        """The figures."""
        names = list(dict.fromkeys(stage.name for stage in self._stages))
        grouped = {name: [one for one in self._stages if one.name == name and one.ended_ns] for name in names}
        stages = tuple(
            StageTime(name, len(own), sum(one.seconds for one in own), max(map(self._peak, own), default=0))
            for name, own in grouped.items()
        )
        layers = sorted((one for trace in self._layers for one in trace.times), key=lambda one: -one.seconds)
        peak = max((sample.get(RESIDENT, 0) for _, sample in self._samples), default=0)
        return ProfileSummary(
            (self.ended_ns - self.began_ns) / 1e9, peak, stages, tuple(layers[:MOST_LAYERS])
        )

    def _peak(self, stage: Stage) -> int:
        """Most resident bytes of the samples within ``stage``, and of those next to it on both sides."""
        from bisect import bisect_left, bisect_right

        moments = [moment for moment, _ in self._samples]
        first = max(0, bisect_left(moments, stage.began_ns) - 1)
        last = bisect_right(moments, stage.ended_ns) + 1
        return max((sample.get(RESIDENT, 0) for _, sample in self._samples[first:last]), default=0)

    def trace(self) -> bytes:
        """The file: a JSON object of the Trace Event Format."""
        data = {
            "traceEvents": [*self._own_events(), *self._layer_events()],
            "displayTimeUnit": "ms",
            "otherData": {"program": "audobon", "version": __version__, "began_unix_ns": str(self.began_ns)},
        }
        return json.dumps(data, separators=(",", ":"), ensure_ascii=False).encode()

    def _own_events(self) -> Iterator[dict[str, Any]]:
        yield _named("process_name", _OWN_PROCESS, 0, "audobon")
        tracks = {thread: number for number, thread in enumerate(self._threads, start=1)}
        for thread, name in self._threads.items():
            yield _named("thread_name", _OWN_PROCESS, tracks[thread], name)
        for stage in self._stages:
            place = {"pid": _OWN_PROCESS, "tid": tracks[stage.thread]}
            given: Mapping[str, Any] = stage.attributes | ({"failed": stage.failed} if stage.failed else {})
            yield {
                **{"name": stage.name, "cat": "stage", "ph": "X", **place, "ts": self._at(stage.began_ns)},
                **{"dur": ((stage.ended_ns or self.ended_ns) - stage.began_ns) / 1e3, "args": given},
            }
        for moment, sample in self._samples:
            at = {"ph": "C", "pid": _OWN_PROCESS, "tid": 0, "ts": self._at(moment)}
            for name, value in sample.items():
                yield {"name": f"{name} memory (MiB)", **at, "args": {"MiB": round(value / 2**20, 2)}}

    def _layer_events(self) -> Iterator[dict[str, Any]]:
        for number, trace in enumerate(self._layers, start=_OWN_PROCESS + 1):
            yield _named("process_name", number, 0, trace.source)
            later = self._at(trace.began_ns)
            for event in trace.events:
                yield {**event, "pid": number, "ts": event["ts"] + later}

    def _at(self, moment: int) -> float:
        return (moment - self.began_ns) / 1e3


def _named(kind: str, process: int, thread: int, name: str) -> dict[str, Any]:
    return {"name": kind, "ph": "M", "pid": process, "tid": thread, "ts": 0, "args": {"name": name}}


_active: RunProfile | None = None


def active_profile() -> RunProfile | None:
    """The profile that is being made of this process; None: nobody wants one."""
    return _active


@contextlib.contextmanager
def profiling() -> Iterator[RunProfile]:
    """Within it a profile is made of this process, which is whole when it is left, however that happens."""
    global _active
    over = threading.Event()
    with TemporaryDirectory(prefix="audobon-profile-") as folder:
        profile = RunProfile(Path(folder))

        def sample() -> None:
            while not over.wait(SAMPLE_SECONDS):
                profile.sample()

        sampler = threading.Thread(target=sample, name="memory", daemon=True)
        profile.sample()
        sampler.start()
        _active = profile
        try:
            with watched_by(profile):
                yield profile
        finally:
            _active = None
            over.set()
            sampler.join()
            profile.sample()
            profile.end()


def compressed(path: Path, data: bytes) -> bytes:
    """``data`` as the name of ``path`` says: readers open traces that are packed by gzip, which are a tenth."""
    return gzip.compress(data, mtime=0) if path.name.endswith(GZIP_SUFFIX) else data
