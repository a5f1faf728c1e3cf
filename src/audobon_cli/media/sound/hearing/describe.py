"""What can be said of a sound without its words: tags, pitch, tempo, loudness, beginnings, brightness."""

from dataclasses import dataclass

import numpy as np

from audobon_cli.domain.errors import PictureUnreadable
from audobon_cli.media.sound.channels import one_channel
from audobon_cli.media.sound.decoding import BLOCK_FRAMES, open_sound
from audobon_cli.media.sound.hearing.classifier import class_chances
from audobon_cli.media.sound.hearing.features import (
    LOWEST,
    MAX_SECONDS,
    STEP_SECONDS,
    Heard,
    feature_vector,
    hear,
    onsets,
)
from audobon_cli.media.sound.loudness import LoudnessMeter
from audobon_cli.media.sound.pitch import PitchFinder

TAG_CHANCE = 0.25
"""A class that is less likely is no tag. Of recordings of sessions held out, 55 in a hundred had a first tag then, and
three in five of those were right."""

SLOWEST, FASTEST = 40.0, 240.0
"""Beats a minute."""

STEADY = 0.35
"""How alike the beginnings are one beat later, from 0 to 1; below that nothing beats (by trial)."""


@dataclass(frozen=True, slots=True)
class SoundDescription:
    """What a sound is like. ``classes`` are all that the classifier knows with how likely each is, likeliest first;
    ``tags`` those that are likely; ``pitch`` in Hz and ``tempo`` in beats a minute, 0 for none; ``loudness`` in LUFS;
    ``onsets`` how often something begins; ``brightness`` the middle of the spectrum in Hz; ``noise`` from 0 for a tone
    to 1; ``attack`` the seconds until it is loudest."""

    tags: tuple[str, ...]
    classes: tuple[tuple[str, float], ...]
    seconds: float
    loudness: float
    pitch: int
    tempo: int
    onsets: int
    brightness: int
    noise: float
    attack: float


def describe_sound(data: bytes) -> SoundDescription:
    """What the sound file ``data`` is like; its first ten seconds decide on all but length, loudness and pitch.

    Raises PictureUnreadable for what cannot be decoded, and for silence.
    """
    opened = open_sound(data)
    meter, finder = LoudnessMeter(opened.rate, opened.channels), PitchFinder(opened.rate)
    kept: list[np.ndarray] = []
    for block in opened.blocks():
        meter.add(block)
        finder.add(block)
        if len(kept) * BLOCK_FRAMES < MAX_SECONDS * opened.rate:
            kept.append(one_channel(block))
    heard = hear(np.concatenate(kept), opened.rate)
    if heard is None:
        raise PictureUnreadable(
            "The sound is silent.", hint="give a sound that can be heard", reason="it is silent"
        )
    return _described(heard, opened.frames / opened.rate, meter.loudness(), finder.pitch())


def _described(heard: Heard, seconds: float, loudness: float, pitch: int) -> SoundDescription:
    chances = class_chances(feature_vector(heard))
    weight = 10 ** (heard.level / 10)
    weight = weight / weight.sum()
    return SoundDescription(
        tuple(name for name, chance in chances[:3] if chance >= TAG_CHANCE),
        tuple((name, round(chance, 3)) for name, chance in chances),
        round(seconds, 3),
        loudness,
        pitch,
        tempo_of(heard),
        len(onsets(heard)),
        round(float(LOWEST * 2 ** (weight @ heard.centre))),
        round(float(weight @ heard.flat), 3),
        round(float(heard.level.argmax()) * STEP_SECONDS, 2),
    )


def tempo_of(heard: Heard) -> int:
    """Beats a minute, 0 where nothing beats: the time after which the beginnings are most like themselves."""
    rise = np.maximum(np.diff(heard.bands, axis=0), 0).mean(axis=1) if len(heard.bands) > 1 else np.zeros(1)
    slowest = int(60 / SLOWEST / STEP_SECONDS)
    if len(rise) < 2 * slowest or len(onsets(heard)) < 4:
        return 0
    rise = np.convolve(rise - rise.mean(), np.hanning(7), "same")
    alike = np.correlate(rise, rise, "full")[len(rise) - 1 :]
    alike = alike / max(float(alike[0]), 1e-9) * len(rise) / np.arange(len(rise), 0, -1)
    fastest = int(60 / FASTEST / STEP_SECONDS)
    beats = alike[fastest : slowest + 1]
    if beats.max() < STEADY:
        return 0
    near = np.flatnonzero(beats >= 0.85 * beats.max())  # two beats are as alike as one
    peak = fastest + int(near[0])
    while peak + 1 < slowest and alike[peak + 1] > alike[peak]:
        peak += 1
    return round(60 / (peak * STEP_SECONDS))
