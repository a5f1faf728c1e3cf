"""Graphics cards by name: ``presets/gpus.toml``."""

import re
import tomllib
from pathlib import Path

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.strategy import Attention, Precision
from audobon_cli.domain.units import count_of
from audobon_cli.presets.catalog import nearest

GIB = 2**30
DEFAULT_SPEED = 0.1
"""For cards without a row: a small one, so that times are rather too long."""
_BEFORE_AMPERE = re.compile(r"GTX |RTX 20[678]0|T4$")
_NOISE = re.compile(r"\b(nvidia|geforce|amd|radeon|intel|arc|graphics|mobile|laptop|gpu|tesla)\b")


@dataclass(frozen=True, slots=True)
class Card:
    """One card: where it sits, its memory in bytes, its speed as a multiple of an L40S's (rough).

    ``from_memory``: no public list was seen for the row.
    """

    name: str
    kind: str
    memory_bytes: int
    speed: float
    from_memory: bool

    @property
    def precision(self) -> Precision:
        """What models run in here: bfloat16 from NVIDIA's Ampere on, as the local engine chooses."""
        return Precision.FLOAT16 if _BEFORE_AMPERE.match(self.name) else Precision.BFLOAT16

    @property
    def attention(self) -> Attention:
        """What attention runs on here: PyTorch has no fused kernels for AMD's cards for games."""
        return Attention.MATH if self.name.startswith("RX ") else Attention.FUSED

    @property
    def full_name(self) -> str:
        """The name that only this card has: ``"RTX 3050 Laptop 4GB"``."""
        laptop = " Laptop" if self.kind == "laptop" else ""
        return f"{self.name}{laptop} {self.memory_bytes // GIB}GB"


def read_cards(presets: Path) -> tuple[Card, ...]:
    """All cards of the table in the folder ``presets``, in its order."""
    with (presets / "gpus.toml").open("rb") as file:
        table = tomllib.load(file)
    from_memory = set(table["from_memory"])
    return tuple(
        Card(name, kind, memory * GIB, _speed(name, table["speed"]), name in from_memory)
        for kind in ("desktop", "laptop", "workstation")
        for name, memories in table[kind].items()
        for memory in memories
    )


def find_card(text: str, cards: tuple[Card, ...]) -> Card:
    """The card that ``text`` names, the way people and drivers write it; without "laptop" a desktop card.

    Raises InvalidInput for a name that is not in the table, or that several cards of different memory have.
    """
    words = text.casefold()
    laptop = bool(re.search(r"\b(laptop|mobile)\b", words))
    memory = re.search(r"\b(\d+)\s*gi?b\b", words)
    bare = words[: memory.start()] + words[memory.end() :] if memory else words
    name = " ".join(_NOISE.sub(" ", bare).split())
    named = [card for card in cards if card.name.casefold() in (name, f"rtx {name}")]
    fitting = [card for card in named if memory is None or card.memory_bytes == count_of(memory[1]) * GIB]
    kinds = [card for card in fitting if (card.kind == "laptop") is laptop] or fitting
    if len({card.memory_bytes for card in kinds}) == 1:
        return kinds[0]
    raise _not_found(text, name, named, cards)


def _not_found(text: str, name: str, named: list[Card], cards: tuple[Card, ...]) -> InvalidInput:
    if named:
        variants = [card.full_name for card in named]
        return InvalidInput(
            f"Several cards are called like {text!r}.",
            hint=f"say which: {', '.join(variants)}",
            gpu=text,
            variants=variants,
        )
    near = nearest(name, [card.name.casefold() for card in cards])
    known = list(dict.fromkeys(card.full_name for card in cards if card.name.casefold() in near))
    return InvalidInput(
        f"No graphics card called {text!r} is known.",
        hint=(f"did you mean {' or '.join(known[:3])}? " if known else "")
        + "`audobon vram gpus` lists them; or give --budget 6GB",
        gpu=text,
        variants=known,
    )


def _speed(name: str, speeds: dict[str, float]) -> float:
    """That of the longest row that ``name`` begins with."""
    rows = [row for row in speeds if name == row or name.startswith(f"{row} ")]
    return speeds[max(rows, key=len)] if rows else DEFAULT_SPEED
