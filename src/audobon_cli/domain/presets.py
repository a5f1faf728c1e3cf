"""Quality presets, styles and named sizes: the vocabulary of a request."""

from dataclasses import field

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.scaling import UpscaleMethod
from audobon_cli.domain.sound import SoundWord
from audobon_cli.domain.units import Size


@dataclass(frozen=True, slots=True)
class QualitySettings:
    """What a quality level means for one model family.

    Of ``candidates`` pictures, drawn from seeds of their own, the one is kept that the model's scorer likes best.
    """

    steps: int
    guidance: float
    candidates: int = 1
    rate: int = 44_100
    """Samples a second, of sounds."""


@dataclass(frozen=True, slots=True)
class Quality:
    """A quality level (draft, optimized, high, ultra ...) with settings per model family."""

    name: str
    description: str
    families: dict[str, QualitySettings] = field(default_factory=dict)
    source: str = "built-in"
    timeout_seconds: float | None = None
    """What one picture may take; None: as long as it likes."""
    reason: str = ""
    """Why these figures and no others, for people."""

    def settings(self, family: str) -> QualitySettings:
        """The settings for ``family``, or those of the family ``default``."""
        return self.families.get(family, self.families["default"])


@dataclass(frozen=True, slots=True)
class Style:
    """A named look: a prompt template with ``{prompt}`` in it, and words for the negative prompt.

    ``families`` limits it to model families that know it; empty means every family. ``upscale`` is how
    its pictures are enlarged; ``grid`` the side in drawn pixels of what is one pixel of pixel art (1: not any).
    """

    name: str
    description: str
    template: str = "{prompt}"
    negative: str = ""
    families: tuple[str, ...] = ()
    source: str = "built-in"
    upscale: UpscaleMethod = UpscaleMethod.SMOOTH
    grid: int = 1
    sound: SoundWord | None = None
    """What it changes of sounds."""

    def apply(self, prompt: str) -> str:
        """``prompt`` put into the template. Braces in the prompt itself are left alone."""
        return self.template.replace("{prompt}", prompt)

    def suits(self, family: str) -> bool:
        """Whether models of ``family`` know this style."""
        return not self.families or family in self.families


@dataclass(frozen=True, slots=True)
class NamedSize:
    """A size with a name; ``families`` overrides ``size`` for models that render at another scale."""

    name: str
    description: str
    size: Size
    families: dict[str, Size] = field(default_factory=dict)
    source: str = "built-in"

    def for_family(self, family: str) -> Size:
        """The size that this name means for models of ``family``."""
        return self.families.get(family, self.size)
