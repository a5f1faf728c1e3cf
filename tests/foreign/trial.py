"""The trial: each input is given to the command line in this process, and what it costs is measured.

Counted are bugs (status 1, an exception, words that call it one), inputs that cost more than MOST_SECONDS of
processor time or MOST_BYTES of memory beyond the same command with the good file they were made of, and control
characters in what people read. An accepted input counts like a refused one, but where a picture is drawn by it.
"""

import contextlib
import io
import os
import random
import shutil
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from audobon_cli.cli.main import run
from tests.foreign.mutate import mutated
from tests.foreign.readers import OUT, PROJECT_FILE, READERS, Reader, Workshop

MOST_SECONDS = 2.0
MOST_BYTES = 200 * 2**20
MOST_WORDS = 8_000
"""Characters said of an input: a batch names twenty lines."""


BUGS = ("bug in audobon", "Traceback", "a worker died")
"""Words that call it one."""


@dataclass(frozen=True, slots=True)
class Cost:
    """How a command ended, what it said, its processor time and by how many bytes it grew at most."""

    status: int
    said: str
    seconds: float
    grown: int


@dataclass(slots=True)
class Tally:
    """What was found, and the dearest input."""

    tried: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    longest_seconds: float = 0.0
    largest_bytes: int = 0
    unverified: int = 0

    def __str__(self) -> str:
        return (
            f"{self.tried} inputs, statuses {dict(sorted(self.statuses.items()))}; faults {len(self.faults)}; at most "
            f"{self.longest_seconds:.2f} s and {self.largest_bytes >> 20} MB beyond the good file; libraries that do "
            f"not verify: {self.unverified}"
        )


def run_trial(
    folder: Path,
    count: int,
    seed: int,
    keep: Path | None = None,
    readers: Sequence[Reader] = READERS,
    clock: bool = True,
) -> Tally:
    """``count`` inputs through the ``readers`` in turn, in ``folder``, which is the current one and the home's. Inputs
    that are counted are written into ``keep``. Without ``clock`` time does not count."""
    draw = random.Random(seed)
    tally = Tally()
    shop = Workshop(folder)
    parties: dict[str, tuple[tuple[Path, ...], Cost]] = {}
    for number in range(count):
        reader = readers[number % len(readers)]
        if reader.name not in parties:
            files = reader.make(shop)
            _run(reader, shop)  # imports, and what is measured once
            usual = _run(reader, shop)
            if usual.status not in reader.usual:
                raise AssertionError(
                    f"{reader.name}: the good file gave {usual.status}: {usual.said[-2000:]}"
                )
            parties[reader.name] = files, usual
        files, usual = parties[reader.name]
        file = files[draw.randrange(len(files))]
        good = file.read_bytes()
        odd = mutated(good, file.suffix, draw)
        file.write_bytes(odd)
        cost = _run(reader, shop)
        faults = _note(
            tally,
            f"{number} {reader.name} {file.name}",
            cost,
            usual,
            clock and not (reader.draws and cost.status in reader.usual),
        )
        if faults and keep is not None:
            keep.mkdir(parents=True, exist_ok=True)
            (keep / f"{number}-{reader.name.replace(' ', '_')}-{file.name}").write_bytes(odd)
        file.write_bytes(good)
    for library in shop.libraries:
        for words in (("assets", "verify"), ("version", "verify")):
            tally.unverified += measured((*words, "--library", str(library))).status != 0
    return tally


def _run(reader: Reader, shop: Workshop) -> "Cost":
    reader.before(shop)
    cost = measured(reader.words_in(shop))
    shutil.rmtree(shop.folder / OUT, ignore_errors=True)
    (shop.folder / PROJECT_FILE).unlink(missing_ok=True)
    return cost


def _note(tally: Tally, label: str, cost: Cost, usual: Cost, clock: bool) -> list[str]:
    tally.tried += 1
    tally.statuses[cost.status] += 1
    seconds, grown = cost.seconds - usual.seconds, cost.grown - usual.grown
    tally.longest_seconds = max(tally.longest_seconds, seconds)
    tally.largest_bytes = max(tally.largest_bytes, grown)
    faults = []
    if cost.status == 1 or any(words in cost.said for words in BUGS):
        faults.append(f"a bug: {cost.said[-300:].strip()}")
    if clock and seconds > MOST_SECONDS:
        faults.append(f"{seconds:.2f} s beyond the good file (status {cost.status})")
    if grown > MOST_BYTES:
        faults.append(f"{grown >> 20} MB beyond the good file (status {cost.status})")
    if any(character in cost.said for character in "\x1b\x07\x00\x9b\u202e"):
        faults.append("control characters")
    if cost.status != 0 and len(cost.said) > MOST_WORDS:
        faults.append(f"{len(cost.said)} characters said")
    tally.faults += [f"{label}: {fault}" for fault in faults]
    return faults


def measured(words: Sequence[str]) -> Cost:
    """The command, run here."""
    _forget_peak()
    before = _peak()
    began = _processor_seconds()
    with _captured() as streams:
        try:
            status = run(list(words))
        except Exception as error:  # noqa: BLE001 - whatever gets out of the program is what is looked for
            status = 1
            sys.stderr.write(f"{type(error).__name__}: {error}\n")
        said = "".join(_text(stream) for stream in streams)
    return Cost(status, said, _processor_seconds() - began, max(0, _peak() - before))


def _processor_seconds() -> float:
    found = os.times()
    return time.process_time() + found.children_user + found.children_system


def _forget_peak() -> None:
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")  # proc(5): the peak becomes what is held now


def _peak() -> int:
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return psutil.Process().memory_info().rss
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


@contextlib.contextmanager
def _captured() -> Iterator[tuple[io.TextIOWrapper, io.TextIOWrapper]]:
    before = sys.stdout, sys.stderr
    streams = tuple(io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="") for _ in range(2))
    sys.stdout, sys.stderr = streams
    try:
        yield streams[0], streams[1]
    finally:
        sys.stdout, sys.stderr = before


def _text(stream: io.TextIOWrapper) -> str:
    stream.flush()
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode("utf-8", "replace")
