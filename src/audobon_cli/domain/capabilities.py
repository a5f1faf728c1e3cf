"""Which option of a request each model family honours.

The table itself is data (presets/capabilities.toml) and the result of experiments: for each family and
option the tests run the real engine on a small pipeline with random weights and look whether the pixels
obey (tests/capabilities). An option that a family does not honour is refused before anything is loaded.

To add an option: a member here with a line in ASKED; the field of GenerationRequest that asks for it in
ASKED_BY of generation.resolve.check_options (where no field does, check it where it is found out);
tests/capabilities/probe_<option>.py with its experiment; then ``python -m tests.capabilities``.
"""

from collections.abc import Iterable, Mapping
from dataclasses import field
from enum import StrEnum

from audobon_cli.dataclass import dataclass

UNKNOWN_FAMILY = "unknown"
"""The row of pipelines that belong to no family: what any pipeline's call takes is honoured."""


class Option(StrEnum):
    """What a request can ask of a model besides words."""

    NEGATIVE = "negative"
    GUIDANCE = "guidance"
    STEPS = "steps"
    SIZE = "size"
    SEED = "seed"
    SCHEDULER = "scheduler"
    VAE = "vae"
    COMPONENT = "component"
    INIT_IMAGE = "init-image"
    MASK = "mask"
    LORA = "lora"
    TEXTUAL_INVERSION = "textual-inversion"
    CONTROLNET = "controlnet"
    IP_ADAPTER = "ip-adapter"
    REFINER = "refiner"
    PROMPT_WEIGHTS = "prompt-weights"
    LONG_PROMPTS = "long-prompts"
    TILE = "tile"
    LENGTH = "length"
    SETTINGS = "set"

    @property
    def asked(self) -> str:
        """How it is asked for, for messages and tables."""
        return ASKED[self]


ASKED: dict[Option, str] = {
    Option.NEGATIVE: "--negative",
    Option.GUIDANCE: "--guidance",
    Option.STEPS: "--steps",
    Option.SIZE: "--size",
    Option.SEED: "--seed",
    Option.SCHEDULER: "--scheduler",
    Option.VAE: "--vae",
    Option.COMPONENT: "--component",
    Option.INIT_IMAGE: "--init-image",
    Option.MASK: "--mask",
    Option.LORA: "--lora",
    Option.TEXTUAL_INVERSION: "--embedding",
    Option.CONTROLNET: "--control",
    Option.IP_ADAPTER: "--reference",
    Option.REFINER: "--refiner",
    Option.PROMPT_WEIGHTS: "(words:1.3) in the prompt",
    Option.LONG_PROMPTS: "a prompt longer than the text encoder's limit",
    Option.TILE: "--tile",
    Option.LENGTH: "--length",
    Option.SETTINGS: "--set",
}


@dataclass(frozen=True, slots=True)
class Capabilities:
    """The table: ``rows`` maps each family to the options that it honours, ``schedulers`` to the names of
    the schedulers that were seen to drive it."""

    rows: Mapping[str, frozenset[Option]]
    schedulers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def with_rows(self, other: "Capabilities") -> "Capabilities":
        """This table with the rows of ``other`` in place of its own."""
        return Capabilities({**self.rows, **other.rows}, {**self.schedulers, **other.schedulers})

    def row(self, family: str) -> frozenset[Option]:
        """What ``family`` honours; a family without a row counts as unknown."""
        return self.rows.get(family, self.rows.get(UNKNOWN_FAMILY, frozenset()))

    def honours(self, family: str, option: Option) -> bool:
        """Whether pictures of ``family`` obey ``option``."""
        return option in self.row(family)

    def families(self, option: Option) -> tuple[str, ...]:
        """The families that honour ``option``, sorted."""
        return tuple(sorted(name for name, row in self.rows.items() if option in row))

    def refused(self, family: str, options: Iterable[Option]) -> tuple[Option, ...]:
        """Those of ``options`` that ``family`` does not honour, in their order."""
        return tuple(option for option in options if not self.honours(family, option))
