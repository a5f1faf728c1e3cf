"""Models that took long to load on this machine: told of once, and kept in memory for a while by themselves."""

import contextlib
import hashlib
from collections.abc import Mapping
from pathlib import Path

from audobon_cli.domain.units import format_seconds

LONG_SECONDS = 10.0
"""Loading that takes longer than this is worth a sentence, and a process that spares it."""

KEPT = "5m"
"""How long a model is kept that nobody asked to keep."""

SHOWN = "told"
"""The mark that the sentence was said; other files are named for models."""


class LongLoading:
    """What is remembered in ``folder``, a file for each model. Where it cannot be written nothing is."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def has(self, model: str) -> bool:
        """Whether ``model`` took long to load before."""
        return (self._folder / _file_name(model)).exists()

    def note(self, model: str, seconds: float, kept: bool) -> str | None:
        """Remember that ``model`` took ``seconds`` to load, if that is long; what to say of it, once for all models.

        ``kept``: whether it is kept by itself from the next command on; else that is only offered.
        """
        if seconds < LONG_SECONDS:
            return None
        was_shown = (self._folder / SHOWN).exists()
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            for name in (_file_name(model), SHOWN):
                (self._folder / name).touch()
        if was_shown:
            return None
        took = f"Loading {model} took {format_seconds(seconds)}."
        if kept:
            return (
                f"{took} The next command at a terminal keeps it in memory for 5 minutes, or until other programs "
                "need the room (`audobon config set keep_warm 0`: never; `10m`: longer, for every model)."
            )
        return (
            f"{took} With --keep-warm 10m it stays in memory for the next commands (`audobon config set keep_warm "
            "10m`: always); `audobon models warm stop` lets it go."
        )


def runs_unattended(variables: Mapping[str, str]) -> bool:
    """Whether ``variables`` are those of continuous integration, where nothing may be left behind."""
    return variables.get("CI", "").lower() not in ("", "0", "false")


def _file_name(model: str) -> str:
    return hashlib.sha256(model.encode()).hexdigest()[:32]
