"""What is known of a model before any of it is loaded."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.media import IMAGE
from audobon_cli.domain.presets import QualitySettings
from audobon_cli.domain.sound import SoundRule
from audobon_cli.domain.units import Size

if TYPE_CHECKING:
    from audobon_cli.domain.providers import RemoteModel


LOCAL = "local"
"""The provider that is this machine."""

LOCAL_ENGINE = "local"
"""The engine of models that name no other: diffusers on this machine. Written in recipes."""


class Runtime(StrEnum):
    """What runs a model's networks on this machine."""

    PYTORCH = "pytorch"
    """diffusers: draws everything. Recipes leave it out, as those of before there was another."""
    ONNX = "onnx"
    """Exported graphs: the built-in model's plain pictures."""


class AlphaMode(StrEnum):
    """What the fourth channel of a model's pictures means."""

    NONE = "none"
    """Three channels: opaque RGB."""
    PREMULTIPLIED = "premultiplied"
    """Four channels, colour multiplied by alpha: divided out before the picture is kept."""


@dataclass(frozen=True, slots=True)
class SizeRule:
    """Which picture sizes a model makes.

    A picture of another size than the model renders itself is made by scaling where ``scales`` is set
    (sprites); elsewhere sides must be multiples of ``multiple`` pixels.
    """

    native: Size
    multiple: int = 8
    scales: bool = False
    minimum: int = 8
    maximum: int = 2048


@dataclass(frozen=True, slots=True)
class Calling:
    """How the pipelines of a family are called: the names of arguments, "" for what they do not take.

    ``blank_negative`` stands for an empty negative prompt where the pipeline would otherwise guide by
    nothing at all; ``fixed`` are further (name, value) arguments of every call; ``picture`` is the field
    of the output that holds the pictures, or ``audios``; ``length`` takes the seconds of a sound.
    """

    guidance: str = "guidance_scale"
    negative: str = "negative_prompt"
    blank_negative: str = ""
    fixed: tuple[tuple[str, object], ...] = ()
    picture: str = "images"
    length: str = ""


@dataclass(frozen=True, slots=True)
class Model:
    """A model that a request can name.

    ``family`` keys the quality presets; ``pipeline`` is the diffusers class named by the folder's
    model_index.json; ``default_style`` applies when the request names none ("" for no style);
    ``digests`` are the (relative path, SHA-256) pairs that its files must have, as far as they are known;
    ``scorer`` is the folder of what judges its pictures, None where nothing does; ``exports`` that of its graphs.
    ``quality`` and ``scheduler`` are settings of its own where the family's or the files' do not suit;
    ``float16`` whether its networks bear that type's range.
    """

    name: str
    family: str
    pipeline: str
    folder: Path
    licence: str
    size_rule: SizeRule
    alpha: AlphaMode = AlphaMode.NONE
    description: str = ""
    default_style: str = ""
    builtin: bool = False
    digests: tuple[tuple[str, str], ...] = ()
    scorer: Path | None = None
    exports: Path | None = None
    exemplars: Path | None = None
    """The folder of drawings that its pictures begin with; None: they begin with noise."""
    strength: float = 1.0
    """How far it goes from what it composes of its exemplars if nothing is said; 1: from words alone."""
    quality: tuple[tuple[str, QualitySettings], ...] = ()
    scheduler: str = ""
    float16: bool = True
    checkpoint: Path | None = None
    """A single file with the weights; ``folder`` then lends configurations, tokenizers and what it lacks."""
    calling: Calling | None = None
    """None for a pipeline of no known family: what its call takes is found out when it is loaded."""
    remote: "RemoteModel | None" = None
    """Set for a model of a provider; then ``folder`` is the empty path and nothing of it is here."""
    engine: str = LOCAL_ENGINE
    """What runs it on this machine: a name of engines.registry.ENGINES."""
    produces: str = IMAGE
    """The medium of what it makes."""
    sound_rule: SoundRule | None = None
    """Which sounds it makes; None for pictures, and for the synthesiser, which makes any."""
