"""What an operation is: named parameters that turn input pictures into one output, the same each time."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import Enum
from typing import Any, ClassVar, Self

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.media.image.moving_png import encode_moving_png
from audobon_cli.media.image.pixels import DecodedImage, Pixels, encode_png


@dataclass(frozen=True, slots=True, eq=False)
class Product:
    """What an operation gives: pixels, and texts that belong into the file."""

    pixels: Pixels
    texts: Mapping[str, str] = field(default_factory=dict)

    def encode(self) -> bytes:
        """The PNG: the same product gives the same bytes."""
        return encode_png(self.pixels, self.texts)

    @property
    def frame_count(self) -> int:
        """How many frames the file has."""
        return 1


@dataclass(frozen=True, slots=True, eq=False)
class MovingProduct(Product):
    """Several frames of one size, the first of which is ``pixels``; ``plays`` 0 is for ever."""

    frames: tuple[Pixels, ...] = ()
    durations_ms: tuple[int, ...] = ()
    plays: int = 0

    def encode(self) -> bytes:
        """The APNG."""
        return encode_moving_png(self.frames, self.durations_ms, self.plays, self.texts)

    @property
    def frame_count(self) -> int:
        return len(self.frames)


@dataclass(frozen=True, slots=True)
class Operation(ABC):
    """A frozen set of parameters. ``run`` is pure: what it gives depends on nothing else.

    The first input is the picture worked on; further ones are what it is held against (the other
    frames of a set, a palette). Subclasses are frozen dataclasses whose fields are JSON values,
    tuples of them or string enums.
    """

    name: ClassVar[str]
    """As in ``audobon sprite NAME``, and in the records of derived assets."""

    @abstractmethod
    def run(self, inputs: Sequence[DecodedImage]) -> Product:
        """Work on ``inputs``. Raises PictureUnusable where the operation makes no sense on them."""

    def parameters(self) -> dict[str, Any]:
        """All fields, JSON-ready; ``from_parameters`` takes them back."""
        return {f.name: _plain(getattr(self, f.name)) for f in fields(self)}

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, Any]) -> Self:
        """The operation that gave ``parameters``; added fields take their defaults. Raises InvalidInput."""
        try:
            return cls(**{key: _frozen(value) for key, value in parameters.items()})
        except (TypeError, ValueError) as error:
            raise InvalidInput(
                f"These are not parameters of {cls.name}: {error}.",
                hint="the record may be of a newer Audobon; make the asset again",
            ) from error


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value


def _frozen(value: Any) -> Any:
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value
