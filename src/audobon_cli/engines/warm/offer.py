"""Saying once that a model can be kept in memory, where that would have spared time."""

import contextlib
from pathlib import Path

from audobon_cli.domain.units import format_seconds

LONG_SECONDS = 10.0
"""Loading that takes longer than this is worth a sentence."""


def offer(model: str, loading_seconds: float, mark: Path) -> str | None:
    """What to say after ``model`` took ``loading_seconds`` to load; None where it was quick, or was said before.

    That it was said is remembered by the file ``mark``; where it cannot be written it is said again.
    """
    if loading_seconds < LONG_SECONDS or mark.exists():
        return None
    with contextlib.suppress(OSError):
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.touch()
    return (
        f"Loading {model} took {format_seconds(loading_seconds)}. With --keep-warm 10m it stays in memory for the next "
        "commands (`audobon config set keep_warm 10m`: always); `audobon models warm stop` lets it go."
    )
