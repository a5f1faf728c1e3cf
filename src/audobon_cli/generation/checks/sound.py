"""The checks of sounds: what a look at their samples can tell."""

from typing import TYPE_CHECKING

from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.domain.sound import SoundOutput
from audobon_cli.generation.checks.check import Checks, ContentCheck

if TYPE_CHECKING:
    from audobon_cli.media.sound.wav import SoundSamples

FULL_SCALE = 32_767

MIN_FRAMES = 64
"""Shorter than 3 ms at the lowest rate here nothing is heard but a click."""

MIN_PEAK = 0.001
"""Of full scale: -60 dB, below which a sound is lost among others."""

MAX_CLIPPED = 0.002
"""Share of samples at full scale, in runs of three or more: some are on the crest of a loud wave, a thousandth is not
heard; sounds of chips are held at few levels, and their peak is below full scale."""

MAX_OFFSET = 0.02
"""Of full scale: a mean of more takes headroom from the mix and clicks at both ends. Short sounds with few waves have
half of it."""

SPARE_SECONDS = 0.1


def _wrong_length(sound: "SoundSamples", request: ResolvedRequest) -> str | None:
    frames, output = len(sound.samples), request.output
    if frames < MIN_FRAMES:
        return f"it has {frames} samples"
    longest = output.seconds + SPARE_SECONDS if isinstance(output, SoundOutput) else sound.seconds
    return f"it is {sound.seconds:.2f} s long, more than {longest:.2f}" if sound.seconds > longest else None


def _silent(sound: "SoundSamples", request: ResolvedRequest) -> str | None:
    peak = int(abs(sound.samples.astype(int)).max()) / FULL_SCALE
    return f"it is silent: its peak is {peak:.4f} of full scale" if peak < MIN_PEAK else None


def _clipped(sound: "SoundSamples", request: ResolvedRequest) -> str | None:
    full = abs(sound.samples.astype(int)) >= FULL_SCALE
    runs = full[2:] & full[1:-1] & full[:-2]
    share = float(runs.mean()) if len(runs) else 0.0
    return f"it clips: {share:.1%} of its samples are at full scale" if share > MAX_CLIPPED else None


def _offset(sound: "SoundSamples", request: ResolvedRequest) -> str | None:
    mean = abs(float(sound.samples.mean())) / FULL_SCALE
    return f"its mean is {mean:.3f} of full scale, not 0" if mean > MAX_OFFSET else None


SOUND_CHECKS: Checks = {
    "length": ContentCheck(
        "no samples, or more than were asked for", SPARE_SECONDS, _wrong_length, decisive=True
    ),
    "silence": ContentCheck("nothing that is heard", MIN_PEAK, _silent),
    "clipping": ContentCheck("samples cut off at full scale", MAX_CLIPPED, _clipped),
    "offset": ContentCheck("a mean that is not 0", MAX_OFFSET, _offset),
}
"""``limit``: the most seconds beyond those asked for; the least peak; the most clipped samples; the largest mean."""
