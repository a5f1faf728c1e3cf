"""Trained weights as assets: what is known of a LoRA beside its bytes."""

from dataclasses import dataclass
from typing import ClassVar

from audobon_cli.domain.media import WEIGHTS


@dataclass(frozen=True, slots=True)
class WeightsInfo:
    """A LoRA: ``layers`` that it changes with ``parameters`` numbers, of ``rank`` at most; ``architecture`` is what it
    is made for as its file says it ("": nothing said), ``trigger`` the word that calls it."""

    medium: ClassVar[str] = WEIGHTS
    layers: int
    parameters: int
    rank: int
    architecture: str = ""
    trigger: str = ""
