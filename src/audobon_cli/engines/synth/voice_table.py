"""The voices by name."""

from collections.abc import Callable, Mapping

from audobon_cli.engines.synth.exact import Array
from audobon_cli.engines.synth.tracks import Clock
from audobon_cli.engines.synth.voices.air import air
from audobon_cli.engines.synth.voices.friction import friction
from audobon_cli.engines.synth.voices.grains import grains
from audobon_cli.engines.synth.voices.impact import impact
from audobon_cli.engines.synth.voices.liquid import liquid
from audobon_cli.engines.synth.voices.noises import noises
from audobon_cli.engines.synth.voices.oscillator import oscillator
from audobon_cli.engines.synth.voices.vocal import vocal

Voice = Callable[[Clock, str, dict[str, float]], Array]

PLAYED: Mapping[str, Voice] = {
    "oscillator": oscillator,
    "noise": noises,
    "impact": impact,
    "friction": friction,
    "air": air,
    "grains": grains,
    "liquid": liquid,
    "vocal": vocal,
}
