"""Where a sound of the library loops."""

from dataclasses import dataclass
from typing import Any

from audobon_cli.domain.asset import Asset
from audobon_cli.domain.errors import AssetNotFound
from audobon_cli.domain.sound import SoundInfo
from audobon_cli.library.store.library import Library
from audobon_cli.media.sound.wav import read_loops

LOOPED = "sound-loop"
"""The operation that makes loops."""
KEPT_BY = ("sound-normalize", "sound-convert", "sound-resample")
"""What leaves a sound going round as a whole that did so before."""
MOST_STEPS = 100


@dataclass(frozen=True, slots=True)
class SoundLoop:
    """From frame ``start`` to frame ``end``, both played, ``times`` (0: for ever). ``written``: it is in the sound's
    own file; others go round as a whole. ``direction``: alternating or backward; "" for forward."""

    start: int
    end: int
    times: int = 0
    written: bool = False
    direction: str = ""

    def plain(self) -> dict[str, Any]:
        """As a ``smpl`` chunk has it: see media.sound.wav."""
        other = {"direction": self.direction} if self.direction else {}
        return {"start": self.start, "end": self.end, "times": self.times, **other}


def loop_of(library: Library, asset: Asset, data: bytes, foreign: bool) -> SoundLoop | None:
    """The loop of ``asset``, whose file is ``data``; None for what is played once.

    ``foreign``: what a file brought along counts, too; else only what `sound loop` made.
    """
    sound = asset.media
    if not isinstance(sound, SoundInfo):
        return None
    made = asset.derivation is not None and asset.derivation.operation == LOOPED
    if made or foreign:
        inside = [loop for loop in read_loops(data) if 0 <= loop["start"] <= loop["end"] < sound.frames]
        if inside:
            return SoundLoop(**inside[0], written=True)
    return SoundLoop(0, sound.frames - 1) if _goes_round(library, asset) else None


def _goes_round(library: Library, asset: Asset) -> bool:
    """Whether `sound loop` made all of it go round, whatever its loudness, rate or format became since."""
    for _ in range(MOST_STEPS):
        derivation = asset.derivation
        if derivation is None:
            return False
        if derivation.operation == LOOPED:
            return not derivation.parameters.get("intro")
        if derivation.operation not in KEPT_BY:
            return False
        try:
            asset = library.assets.get(derivation.parents[0].asset)
        except AssetNotFound:
            return False
    return False
