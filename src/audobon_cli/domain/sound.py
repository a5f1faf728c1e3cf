"""Sounds: what is known of one, and what can be asked for."""

from typing import ClassVar, NamedTuple

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.media import SOUND

SILENCE = -70.0
"""LUFS: what is as quiet as the absolute gate of ITU-R BS.1770, or quieter, counts as silent."""


@dataclass(frozen=True, slots=True)
class SoundInfo:
    """A sound: ``rate`` in samples a second, ``frames`` samples of each channel; ``loudness`` in LUFS to a tenth
    (SILENCE for what cannot be heard), ``pitch`` in Hz (0 for what has none)."""

    medium: ClassVar[str] = SOUND
    rate: int
    channels: int
    frames: int
    loudness: float = SILENCE
    pitch: int = 0

    @property
    def seconds(self) -> float:
        """Its length."""
        return self.frames / self.rate


class SoundSetting(NamedTuple):
    """A number of a patch by its name: each seed draws its own between ``low`` and ``high``."""

    name: str
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class SoundLayer:
    """A voice of the synthesiser and all its settings; ``form`` is its waveform, material or colour."""

    voice: str
    form: str
    settings: tuple[SoundSetting, ...]


@dataclass(frozen=True, slots=True)
class SoundPatch:
    """What the synthesiser plays: ``layers`` are added, ``mix`` is done to their sum. Complete: nothing of it is
    looked up when it is played, so that it sounds the same whatever the presets say by then."""

    name: str
    layers: tuple[SoundLayer, ...]
    mix: tuple[SoundSetting, ...]
    scorer: str = ""
    """The model by whose judgement its settings were searched, and the digest of its weights; "" for none."""


@dataclass(frozen=True, slots=True)
class SoundOutput:
    """A sound of at most ``seconds``, of ``rate`` samples a second; ``patch`` is what a synthesiser plays, in one
    channel, None for models that need none: those have up to two."""

    medium: ClassVar[str] = SOUND
    rate: int
    seconds: float
    patch: SoundPatch | None = None

    @property
    def raw_bytes(self) -> int:
        """See MediaOutput."""
        channels = 1 if self.patch is not None else 2
        return 2 * channels * round(self.rate * self.seconds)

    def operations(self) -> tuple[str, ...]:
        """See MediaOutput."""
        return ()


@dataclass(frozen=True, slots=True)
class SoundRule:
    """Which sounds a model makes: ``rate`` in samples a second, of ``channels``; in seconds ``usual``, where nothing is
    said, ``longest`` and ``shortest``; and ``step``, by which it counts (0: by samples): what lies between is made
    longer and cut."""

    rate: int
    channels: int
    usual: float
    longest: float
    shortest: float = 0.02
    step: float = 0.0

    def seconds(self, length: float | None, model: str) -> float:
        """``length``, None for what is usual. Raises InvalidInput for one that the model called ``model`` cannot
        make."""
        if length is None:
            return self.usual
        if not self.shortest <= length <= self.longest:
            raise InvalidInput(
                f"--length {length:g} is outside the {self.shortest:.2g} to {self.longest:.4g} seconds that "
                f"{model} makes.",
                hint="give --length a value in that range",
            )
        return length


@dataclass(frozen=True, slots=True)
class SoundChoices:
    """What a request says of a sound: ``length`` in seconds, ``settings`` as NAME=VALUE (see engines.synth), and the
    ``patch`` itself where it is known; then words choose nothing."""

    length: float | None = None
    settings: tuple[str, ...] = ()
    patch: SoundPatch | None = None


NO_SOUND_CHOICES = SoundChoices()


class SoundTrait(NamedTuple):
    """What sounds of one kind have in common: the mean of a trait (see media.sound.hearing.traits) and its spread."""

    name: str
    mean: float
    spread: float


@dataclass(frozen=True, slots=True)
class SoundPattern:
    """What was learned from recordings: their ``traits``; ``moves`` are the (direction, by how much) by which the
    preset's sounds come as near as they can, ``spreads`` the (direction, octaves) by which they differ. ``sounds``
    is how many there were, ``sources`` where they came from."""

    traits: tuple[SoundTrait, ...]
    moves: tuple[tuple[str, float], ...] = ()
    spreads: tuple[tuple[str, float], ...] = ()
    sounds: int = 0
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SoundPreset:
    """A kind of sound: the ``words`` that mean it, and what the synthesiser plays for it; ``pattern`` is what was
    learned
    of such sounds, where they were."""

    name: str
    description: str
    words: tuple[str, ...]
    layers: tuple[SoundLayer, ...]
    mix: tuple[SoundSetting, ...]
    source: str = "built-in"
    pattern: SoundPattern | None = None


@dataclass(frozen=True, slots=True)
class SoundWord:
    """What a word such as "heavy", or a style, changes: ``moves`` are (direction or setting of the mix, by how much),
    ``forms`` the (form, other form) of voices; ``*`` stands for every material."""

    moves: tuple[tuple[str, float], ...] = ()
    forms: tuple[tuple[str, str], ...] = ()
