"""What a listening network says, and how it is asked."""

from dataclasses import dataclass
from typing import Any, Protocol

LABELLED = ("ClapModel", "CLIPModel", "SiglipModel")
"""Classes of networks that choose among labels."""
CAPTIONERS = ("BlipForConditionalGeneration", "GitForCausalLM", "VisionEncoderDecoderModel")
"""Classes of networks that say in a sentence what a picture shows."""
CONTRASTED = ("CLIPModel", "SiglipModel")
"""Classes of networks that were taught with pictures and their captions, and put both into one space."""
PICTURED = (*CONTRASTED, *CAPTIONERS)
"""Classes of networks that look at pictures."""

TAG_CHANCE = 0.3
"""Of classes that exclude each other, three at most are so likely."""


@dataclass(frozen=True, slots=True)
class ListenerAnswer:
    """``labels`` are (name, chance of 0 to 1), the likeliest first; ``text`` is what is spoken, or a caption. A network
    gives one of the two."""

    labels: tuple[tuple[str, float], ...] = ()
    text: str = ""

    @property
    def tags(self) -> tuple[str, ...]:
        """The labels that are likely enough to be kept; none of a text."""
        return tuple(name for name, chance in self.labels if chance >= TAG_CHANCE)


class SoundListener(Protocol):
    """A network in memory. ``rate`` is that of the samples that it takes, 0 for one that looks at pictures."""

    rate: int

    def hear(self, content: Any, labels: tuple[str, ...]) -> ListenerAnswer:
        """What ``content`` is: float32 (frames,) of one channel at ``rate``, full scale 1; or a Pillow picture, RGB.

        ``labels`` are for networks that choose among some (LABELLED).
        """
        ...
