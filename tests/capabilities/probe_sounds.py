"""The options of sounds: how long, and settings of a patch."""

from audobon_cli.domain.capabilities import Option
from audobon_cli.domain.sound import SoundChoices
from tests.capabilities.probing import REFUSALS, Bench, Probe


def length_is_made(bench: Bench) -> bool:
    try:
        short, long = (bench.draw(sound=SoundChoices(seconds)) for seconds in (0.1, 0.25))
    except REFUSALS:
        return False
    return short.shape[1] == long.shape[1] and 2.5 * len(short) == len(long)


PROBES = (
    Probe(Option.LENGTH, length_is_made, {"sound": SoundChoices(0.1)}),
    Probe(
        Option.SETTINGS,
        lambda bench: bench.obeys(
            {"sound": SoundChoices(0.2)}, {"sound": SoundChoices(0.2, ("pitch=+2st",))}
        ),
        {"sound": SoundChoices(settings=("pitch=+2st",))},
    ),
)
