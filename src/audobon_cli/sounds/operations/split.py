"""One recording with many sounds in it, taken apart."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import numpy as np

from audobon_cli.domain.errors import InvalidInput, SoundUnusable
from audobon_cli.media.sound.samples import DecodedSound
from audobon_cli.sounds.operations.operation import SoundOperation, SoundProduct, cut, loud_parts

MAX_PIECES = 10_000


@dataclass(frozen=True, slots=True)
class SplitSound(SoundOperation):
    """The part number ``piece`` of a sound: of what silence of ``gap`` seconds parts (below ``threshold`` dB of its
    peak; what is shorter than ``shortest`` is dropped, ``padding`` seconds of silence stay), or of ``every`` so many
    seconds, or between the seconds ``at``, or with ``channels`` each channel.
    """

    name: ClassVar[str] = "sound-split"
    threshold: float = -40.0
    gap: float = 0.1
    padding: float = 0.01
    shortest: float = 0.02
    every: float = 0.0
    at: tuple[float, ...] = ()
    channels: bool = False
    piece: int = 0

    def __post_init__(self) -> None:
        if bool(self.every) + bool(self.at) + self.channels > 1:
            raise InvalidInput(
                "A sound is split in one way.", hint="give one of --every, --cut and --channels"
            )
        if min(self.gap, self.padding, self.shortest, self.every, *self.at, 0) < 0 or self.threshold >= 0:
            raise InvalidInput(
                "Lengths are not below 0, and levels are.", hint="give --threshold -40 --gap 0.1"
            )

    def run(self, inputs: Sequence[DecodedSound]) -> SoundProduct:
        sound = inputs[0]
        if self.channels:
            if self.piece >= sound.channels:
                raise SoundUnusable(
                    f"{sound.name} has no channel {self.piece + 1} any more.", hint="split it anew"
                )
            return SoundProduct(sound.with_samples(sound.samples[:, self.piece : self.piece + 1]))
        pieces = self.pieces(sound)
        if self.piece >= len(pieces):
            raise SoundUnusable(
                f"{sound.name} has {len(pieces)} parts now, and no number {self.piece + 1}.",
                hint="split it anew",
            )
        first, last = pieces[self.piece]
        facts = {"start": round(first / sound.rate, 6), "end": round(last / sound.rate, 6)}
        return SoundProduct(sound.with_samples(cut(sound, first, last)), facts)

    def pieces(self, sound: DecodedSound) -> list[tuple[int, int]]:
        """First frame and the one behind the last of every part; with ``channels`` the whole as often.

        Raises SoundUnusable for none, or too many.
        """
        if self.channels:
            return [(0, sound.frames)] * sound.channels
        found = self._between(sound) if self.every or self.at else self._sounding(sound)
        if not found or len(found) > MAX_PIECES:
            raise SoundUnusable(
                f"{sound.name} has {len(found) or 'no'} parts.",
                hint="change --threshold and --gap, or give --every",
            )
        return found

    def _between(self, sound: DecodedSound) -> list[tuple[int, int]]:
        if self.every:
            step = max(1, round(self.every * sound.rate))
            if sound.frames // step > MAX_PIECES:
                raise SoundUnusable(
                    f"{sound.name} has more than {MAX_PIECES} parts.", hint="give a longer --every"
                )
            edges = [*range(0, sound.frames, step), sound.frames]
        else:
            inner = {round(second * sound.rate) for second in self.at}
            edges = [0, *sorted(edge for edge in inner if 0 < edge < sound.frames), sound.frames]
        return list(pairwise(edges))

    def _sounding(self, sound: DecodedSound) -> list[tuple[int, int]]:
        loud = np.flatnonzero(loud_parts(sound, self.threshold))
        if not len(loud):
            return []
        breaks = np.flatnonzero(np.diff(loud) > max(1, round(self.gap * sound.rate)))
        starts = loud[np.concatenate([[0], breaks + 1])]
        ends = loud[np.concatenate([breaks, [len(loud) - 1]])] + 1
        # No part takes more than half of the silence to the next, so that none overlap.
        room = (starts[1:] - ends[:-1]) // 2
        kept, shortest = round(self.padding * sound.rate), self.shortest * sound.rate
        before = np.minimum(kept, np.concatenate([[starts[0]], room]))
        behind = np.minimum(kept, np.concatenate([room, [sound.frames - ends[-1]]]))
        return [
            (int(start - early), int(end + late))
            for start, end, early, late in zip(starts, ends, before, behind, strict=True)
            if end - start >= shortest
        ]
