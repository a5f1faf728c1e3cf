"""Parts of a pipeline that a request puts in place of the model's own."""

from enum import StrEnum
from pathlib import Path

from audobon_cli.dataclass import dataclass


class Prediction(StrEnum):
    """What a denoiser was trained to give, which decides the schedulers that can drive it."""

    NOISE = "noise"
    """The noise, the clean picture or v: diffusion."""
    FLOW = "flow"
    """The direction from noise to picture: flow matching."""
    OTHER = "other"
    """Something that only the model's own scheduler knows."""


@dataclass(frozen=True, slots=True)
class SchedulerChoice:
    """A scheduler by its name in presets/schedulers.toml: the diffusers class, and what of its
    configuration is not taken from the model's own scheduler."""

    name: str
    class_name: str
    config: tuple[tuple[str, object], ...] = ()


@dataclass(frozen=True, slots=True)
class ComponentChoice:
    """A network to load in place of the pipeline's component ``name``.

    ``path`` is a folder with a configuration and weights, or a single file of weights, whose
    configuration is then that of the component it replaces. ``digest`` covers all bytes of it;
    ``source`` is how it was asked for.
    """

    name: str
    source: str
    path: Path
    class_name: str
    digest: str
    weights: tuple[str, ...] = ()
