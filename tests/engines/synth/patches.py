"""Patches for tests, and a child process that plays one of every voice."""

import hashlib
import sys

from audobon_cli.domain.sound import SoundLayer, SoundPatch, SoundSetting
from audobon_cli.engines.synth.plan import FORMS
from audobon_cli.engines.synth.render import render, to_pcm16
from audobon_cli.engines.synth.settings import MIX, rules_of

EVERYTHING = {"reverb": 0.2, "echo": 0.05, "drive": 0.2, "wobble": 0.3, "lowpass": 9_000.0, "highpass": 40.0}
MOVING = {
    "slide": -0.5,
    "vibrato_depth": 0.4,
    "fm": 1.5,
    "detune": 9.0,
    "jump": 5.0,
    "bow": 0.5,
    "gust": 0.4,
    "rough": 0.4,
}


def layer(voice: str, form: str, **given: float) -> SoundLayer:
    """A layer with every setting, those ``given`` and the defaults of the others."""
    rules = rules_of(voice)
    settings = tuple(
        SoundSetting(name, *[float(given.get(name, rule.default))] * 2) for name, rule in rules.items()
    )
    return SoundLayer(voice, form, settings)


def patch(*layers: SoundLayer, **mix: float) -> SoundPatch:
    """A patch of ``layers``."""
    settings = tuple(
        SoundSetting(name, *[float(mix.get(name, rule.default))] * 2) for name, rule in MIX.items()
    )
    return SoundPatch("test", tuple(layers), settings)


def every_voice() -> list[SoundPatch]:
    """A patch for each form of each voice, with all that moves in motion."""
    found = []
    for voice, forms in FORMS.items():
        for form in sorted(forms):
            moving = {name: value for name, value in MOVING.items() if name in rules_of(voice)}
            one = layer(
                voice, form, length=0.3, lowpass=6_000, lowpass_end=800, highpass=80, flutter=0.5,
                tremolo_depth=0.3, decay=0.5, repeat=2, repeat_gap=0.1, repeat_spread=0.3, repeat_pitch=2, **moving,
            )  # fmt: skip
            found.append(patch(one, **EVERYTHING))
    return found


def digest() -> str:
    """SHA-256 of the samples of every_voice, as floats and as whole numbers."""
    whole = hashlib.sha256()
    for number, one in enumerate(every_voice()):
        samples = render(one, 22_050, number)
        whole.update(samples.tobytes() + to_pcm16(samples).tobytes())
    return whole.hexdigest()


if __name__ == "__main__":
    import numpy

    on = numpy._core._multiarray_umath.__cpu_features__
    sys.stdout.write(
        f"{digest()} {sum(on[name] for name in numpy._core._multiarray_umath.__cpu_dispatch__)}\n"
    )
