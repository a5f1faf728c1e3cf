"""Sounds that were changed, for people and for scripts."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from audobon_cli.cli.derivations.views import operation_context, result_data, show_results
from audobon_cli.cli.session import Session
from audobon_cli.cli.sound.options import ResultOptions
from audobon_cli.domain.sound import SoundInfo

if TYPE_CHECKING:
    from audobon_cli.derivations.run import OperationResult
    from audobon_cli.sounds.operations.operation import SoundOperation

Measure = tuple[str, "Callable[[OperationResult], str]"]
"""A column: its title, and what it has of a result."""


def change_each(
    session: Session,
    inputs: Sequence[str],
    operation: "SoundOperation",
    output: ResultOptions,
    measures: Sequence[Measure] = (),
    together: bool = False,
) -> "Sequence[OperationResult]":
    """``operation`` on each of ``inputs``, filed or written, and shown. See derivations.tasks.one_each."""
    from audobon_cli.derivations.run import make
    from audobon_cli.derivations.tasks import one_each

    with operation_context(session, inputs, output) as (context, sources):
        made = make(one_each(operation, sources, context, output.name, together), context)
    show_changed(session, made, output.dry_run, measures)
    return made


def show_changed(
    session: Session, results: "Sequence[OperationResult]", dry_run: bool, measures: Sequence[Measure] = ()
) -> None:
    """Give the results, with how long each is and ``measures``."""
    show_results(session, results, dry_run, changed_data, [("length", _length), *measures])


def changed_data(made: "OperationResult") -> dict[str, Any]:
    """One result, JSON-ready."""
    sound = made.media
    assert isinstance(sound, SoundInfo), "operations on sounds make sounds"
    return {
        **result_data(made),
        "seconds": round(sound.seconds, 6),
        "frames": sound.frames,
        "rate": sound.rate,
        "channels": sound.channels,
        "loudness": sound.loudness,
        "measured": dict(made.facts),
    }


def _length(made: "OperationResult") -> str:
    sound = made.media
    return f"{sound.seconds:.2f} s" if isinstance(sound, SoundInfo) else ""
