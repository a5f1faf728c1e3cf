"""How a run trains: settings, from presets and from what was asked for."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.presets.catalog import Presets

DEFAULT_PRESET = "standard"
LORA, EMBEDDING = "lora", "embedding"
METHODS = (LORA, EMBEDDING)
OF_EMBEDDINGS = ("method", "word", "vectors", "initial")
"""Settings that mean something for embeddings alone."""
USUAL_OF_EMBEDDINGS: Mapping[str, Any] = {
    "rate": 5e-3,
    "decay": 0.0,
    "caption_dropout": 0.0,
    "vectors": 4,
}
"""In place of what a preset says for LoRAs: the rate of AUTOMATIC1111's training, vectors that are not drawn to 0, and
no pictures without the word, from which nothing is learnt."""


@dataclass(frozen=True, slots=True)
class TrainingSettings:
    """All that decides the weights, beside the pictures and the model. Validated on creation.

    ``targets`` names a set of layers of the model's family; ``rank`` and ``alpha`` are those of LoRA (Hu et al. 2021:
    changes are scaled by alpha / rank). ``steps`` is how many are made at most, ``repeats`` how often each picture is
    seen at most (0: no matter). ``rate`` rises over ``warm_up`` steps and falls as a cosine to a tenth. ``min_snr`` is
    gamma of Hang et al. 2023 (0: off), ``average`` the decay of the weights' exponential moving average per step,
    ``caption_dropout`` the share of pictures that are seen without words, for guidance.
    """

    targets: str = ""
    rank: int = 8
    alpha: float = 8.0
    steps: int = 1500
    repeats: int = 0
    batch: int = 8
    rate: float = 1e-3
    warm_up: int = 50
    decay: float = 0.01
    largest_gradient: float = 1.0
    min_snr: float = 5.0
    average: float = 0.99
    caption_dropout: float = 0.1
    mirror: bool = False
    """Whether pictures are seen mirrored, too."""
    seed: int = 0
    measure_every: int = 50
    """Steps between measurements of the losses on fixed noise."""
    measure_times: int = 8
    """Times, spread evenly, at which each picture is measured."""
    patience: int = 8
    """Measurements without a better held-out loss after which training ends; 0: never."""
    sample_every: int = 250
    """Steps between sample pictures; 0: none."""
    checkpoint_seconds: float = 60.0
    """Between checkpoints. No weight depends on it."""
    threads: int = 0
    """Of the processor; 0: as many as suit the model, which the run then keeps."""
    text_encoder: bool = False
    """Whether the text encoders are trained, too (SD and SDXL)."""
    side: int = 0
    """Pixels a side of the squares whose area pictures are learnt in; 0: what the model draws. Not for sprites."""
    ground: str = "random"
    """What is behind transparent pictures, for models that draw opaque ones: a colour, or random."""
    gradient_checkpointing: bool = False
    """Whether activations are computed again on the way back, for a third of the memory and a third more time."""
    strength: float = 0.0
    """How far the network goes from what is composed, where the LoRA is used on a model that composes; 0: as tried."""

    method: str = LORA
    """What is trained: a LoRA, or an embedding (textual inversion: a new word)."""
    word: str = ""
    """The embedding's word."""
    vectors: int = 1
    """How many tokens the embedding's word takes."""
    initial: str = "picture"
    """Words that the embedding's word means at first."""

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise InvalidInput(
                f"The training setting method = {self.method[:40]!r} is none.",
                hint=f"it is one of: {', '.join(METHODS)}",
            )
        for name, (low, high) in _BOUNDS.items():
            value = getattr(self, name)
            if not (math.isfinite(value) and low <= value <= high):
                raise InvalidInput(
                    f"The training setting {name} = {value:g} is outside {low:g} to {high:g}.",
                    hint=f"give --set {name}= a value in that range",
                )

    def steps_for(self, pictures: int) -> int:
        """How many steps are made at most for so many pictures to learn from."""
        if not self.repeats:
            return self.steps
        return max(1, min(self.steps, math.ceil(pictures * self.repeats / self.batch)))

    def rate_at(self, step: int, steps: int) -> float:
        """The learning rate of ``step`` (from 0) of ``steps``."""
        warm = min(1.0, (step + 1) / max(1, self.warm_up))
        fallen = 0.1 + 0.9 * (1 + math.cos(math.pi * step / max(1, steps))) / 2
        return self.rate * warm * fallen


_BOUNDS: Mapping[str, tuple[float, float]] = {
    "rank": (1, 256),
    "alpha": (0.001, 1024),
    "steps": (1, 1_000_000),
    "repeats": (0, 1_000_000),
    "batch": (1, 1024),
    "rate": (1e-8, 1.0),
    "warm_up": (0, 100_000),
    "decay": (0, 1),
    "largest_gradient": (1e-3, 1e3),
    "min_snr": (0, 1000),
    "average": (0, 0.99999),
    "caption_dropout": (0, 0.9),
    "seed": (0, 2**31 - 1),
    "measure_every": (1, 1_000_000),
    "measure_times": (1, 64),
    "patience": (0, 1000),
    "sample_every": (0, 1_000_000),
    "checkpoint_seconds": (0, 86_400),
    "threads": (0, 1024),
    "strength": (0, 1),
    "side": (0, 4096),
    "vectors": (1, 32),
}


def settings_of(
    presets: Presets, preset: str, family: str, asked: Mapping[str, Any] | None = None, word: str = ""
) -> TrainingSettings:
    """The settings of the preset for ``family``, then those that were ``asked`` for. ``word``: for an embedding that is
    called so.

    Raises PresetNotFound, InvalidInput for settings that there are not, or out of range.
    """
    found = presets.training(preset or DEFAULT_PRESET)
    for name in asked or {}:
        if name in ("method", "word"):
            raise InvalidInput(
                f"{name} is no setting to choose.",
                hint="choose by the command: `train lora`, `train embedding`",
            )
    made = replace_settings(TrainingSettings(), found.settings_for(family))
    if word:
        made = replace(replace_settings(made, USUAL_OF_EMBEDDINGS), method=EMBEDDING, word=word)
        made = replace_settings(made, found.methods.get(EMBEDDING, {}))
    return replace_settings(made, asked or {})


def replace_settings(settings: TrainingSettings, values: Mapping[str, Any]) -> TrainingSettings:
    """``settings`` with ``values``, numbers or texts of them, by name. Raises InvalidInput."""
    kinds = {one.name: type(getattr(settings, one.name)) for one in fields(settings)}
    read: dict[str, Any] = {}
    for name, value in values.items():
        key = name.replace("-", "_")
        if key not in kinds:
            raise InvalidInput(
                f"There is no training setting {name!r}.", hint=f"there are: {', '.join(kinds)}"
            )
        read[key] = _read(key, kinds[key], value)
    return replace(settings, **read)


def _read(name: str, kind: type, value: Any) -> Any:
    try:
        if kind is bool:
            return {"true": True, "false": False}[str(value).casefold()]
        return kind(str(value)) if kind is not str else str(value)
    except (ValueError, KeyError) as error:
        wanted = {bool: "true or false", int: "a whole number", float: "a number"}.get(kind, "a text")
        raise InvalidInput(
            f"The training setting {name} = {str(value)[:40]!r} is not {wanted}.", hint="correct its value"
        ) from error
