"""Playing sounds by the system's own player."""

import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic

import numpy as np

from audobon_cli.media.sound.formats import SampleType
from audobon_cli.media.sound.samples import DecodedSound, encode_samples
from audobon_cli.storage.child_environment import child_environment

PLAYERS: tuple[tuple[str, ...], ...] = (
    ("pw-play",),
    ("paplay",),
    ("aplay", "-q"),
    ("afplay",),
    ("play", "-q"),
    ("ffplay", "-nodisp", "-autoexit", "-loglevel", "error"),
    ("mpv", "--no-video", "--really-quiet"),
    (
        "powershell",
        "-NoProfile",
        "-Command",
        "& { param($file) (New-Object Media.SoundPlayer $file).PlaySync() }",
    ),
)
"""Programs that play the WAV that they are given and end: of PipeWire, PulseAudio, ALSA, macOS, SoX, ffmpeg, mpv and
Windows. The first that is there and can is taken."""

SPARE_SECONDS = 10.0
"""How much longer than the sound a player may take; one that waits for a device is ended then."""

PLAYED = 0.5
"""Of the sound: a player that takes less time, by more than a moment, has played nothing."""


@dataclass(frozen=True, slots=True)
class PlayedSound:
    """Whether ``name`` was heard: ``player`` is what played it, "" where nothing could, for ``reason``."""

    name: str
    seconds: float
    player: str = ""
    reason: str = ""


def play_sound(sound: DecodedSound, times: int, environment: Mapping[str, str] | None = None) -> PlayedSound:
    """Play ``sound`` so many ``times`` without a gap, and wait until it is over; never raises for want of a device.

    Players get a WAV of 16 bits, whatever the sound is, in a folder that nobody else can read. ``environment`` None:
    that of children of this program.
    """
    variables = dict(environment if environment is not None else child_environment())
    present = [player for player in PLAYERS if shutil.which(player[0], path=variables.get("PATH"))]
    seconds = sound.seconds * times
    if not present:
        return PlayedSound(
            sound.name, seconds, reason="no player is installed (aplay, paplay, pw-play, SoX, ffplay)"
        )
    repeated = replace(sound.with_samples(np.tile(sound.samples, (times, 1))), type=SampleType.PCM16)
    why = ""
    with tempfile.TemporaryDirectory(prefix="audobon-play-") as folder:
        file = Path(folder) / "sound.wav"
        file.write_bytes(encode_samples(repeated))
        for player in present:
            why = _tried(player, file, seconds, variables)
            if not why:
                return PlayedSound(sound.name, seconds, player[0])
    return PlayedSound(sound.name, seconds, reason=f"{present[-1][0]}: {why}")


def _tried(player: Sequence[str], file: Path, seconds: float, environment: dict[str, str]) -> str:
    """Why ``player`` could not play ``file``, which is ``seconds`` long; "" if it did."""
    began = monotonic()
    try:
        ran = subprocess.run(
            [*player, str(file)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=environment,
            timeout=seconds + SPARE_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return "it did not come to an end"
    except OSError as error:
        return error.strerror or str(error)
    lines = ran.stderr.decode("utf-8", "replace").split("\n")
    said = next((line.strip() for line in reversed(lines) if line.strip()), "")
    if ran.returncode != 0:
        return said or f"it ended with status {ran.returncode}"
    # ffplay says that all went well where there is no device.
    return "it ended too soon" if monotonic() - began < PLAYED * seconds - 0.1 else ""
