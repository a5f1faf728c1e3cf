"""The contract that a project's sprites keep: size, palette, styles, and limits of gates."""

from collections.abc import Mapping
from dataclasses import field

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.units import Size


@dataclass(frozen=True, slots=True)
class Contract:
    """What ``[contract]`` in audobon.toml fixes; what it leaves out is free.

    ``palette`` is the path of a palette file, empty for none; ``style_card`` an asset, or the path of a card's file.
    ``gates`` maps a gate's name to its limit; false in the file is infinity here: measured, and never failed.
    """

    size: Size | None = None
    palette: str = ""
    styles: tuple[str, ...] = ()
    style_card: str = ""
    gates: Mapping[str, float] = field(default_factory=dict)
    source: str = ""
    """The file it stands in; empty when the project has none."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One gate's number, and the limit it is held to (None: to none)."""

    gate: str
    value: float
    limit: float | None

    @property
    def passed(self) -> bool:
        """Whether the limit holds."""
        return self.limit is None or self.value <= self.limit
