"""``--profile FILE``: what a run spent its time and memory on, as a file and as a table."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audobon_cli.cli.session import Session
from audobon_cli.domain.errors import InvalidInput, OutputUnwritable

if TYPE_CHECKING:
    from audobon_cli.cli.requests.run_limits import RunOptions
    from audobon_cli.operations.profile import ProfileSummary

MOST_SHOWN = 8


def check_profile(run: "RunOptions") -> None:
    """Refuse a profile of what is not done, or done elsewhere. Raises InvalidInput."""
    for other, given in (("--plan", run.plan), ("--keep-warm", run.keep_warm is not None)):
        if run.profile is not None and given:
            raise InvalidInput(f"--profile and {other} exclude each other.", hint="leave one of them out")


@contextlib.contextmanager
def profiled(session: Session, file: Path | None) -> Iterator[dict[str, Any]]:
    """Profile what is done within this and write it to ``file`` (None: nothing is done), also if it fails.

    The value is for scripts: ``profile``, filled when it is left. Raises OutputUnwritable before anything is done.
    """
    result: dict[str, Any] = {}
    if file is None:
        yield result
        return
    if file.is_dir() or not file.absolute().parent.is_dir():
        raise OutputUnwritable(
            f"The profile cannot be written to {file}.", hint="name a file in a folder that is there"
        )
    from audobon_cli.operations.profile import compressed, profiling
    from audobon_cli.storage.durable_files import write_output

    profile = None
    try:
        with profiling() as profile:
            yield result
    finally:
        if profile is not None:
            write_output(file, compressed(file, profile.trace()), overwrite=True)
    found = profile.summary()
    result["profile"] = _data(file, found)
    if not session.out.for_scripts:
        for line in _table(file, found):
            session.out.note(line)


def _data(file: Path, found: "ProfileSummary") -> dict[str, Any]:
    return {
        "path": str(file),
        "seconds": round(found.seconds, 4),
        "peak_memory_bytes": found.peak_bytes,
        "stages": [one._asdict() | {"seconds": round(one.seconds, 6)} for one in found.stages],
        "layers": [one._asdict() | {"seconds": round(one.seconds, 6)} for one in found.layers],
    }


def _table(file: Path, found: "ProfileSummary") -> Iterator[str]:
    from audobon_cli.domain.units import format_bytes

    yield f"{'stage':<16} {'calls':>6} {'seconds':>9} {'of all':>7} {'memory':>10}"
    for one in found.stages:
        share = one.seconds / found.seconds if found.seconds else 0.0
        memory = format_bytes(one.peak_bytes)
        yield f"{one.stage:<16} {one.calls:>6} {one.seconds:>9.3f} {share:>7.0%} {memory:>10}"
    if found.layers:
        yield f"{'layer':<40} {'calls':>6} {'seconds':>9}"
    for layer in found.layers[:MOST_SHOWN]:
        name = f"{layer.source}: {layer.layer}"[:40]
        yield f"{name:<40} {layer.calls:>6} {layer.seconds:>9.3f}"
    yield f"Profile of {found.seconds:.2f} s in {file}: ui.perfetto.dev and chrome://tracing open it."
