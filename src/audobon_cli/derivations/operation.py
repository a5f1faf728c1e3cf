"""What an operation is: named parameters that turn inputs into one output, the same each time."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from enum import Enum
from typing import Any, ClassVar, Protocol, Self

from audobon_cli.domain.asset import AssetKind
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.media import MediaInfo
from audobon_cli.library.store.rows import RelationKind

MEASURED_FACTS = "measured"
"""Where an asset's metadata has what its operation measured."""
GATES_KEY = "gates"
"""Where it has what was measured of a sprite when it was checked."""


@dataclass(frozen=True, slots=True)
class Param:
    """What a form says of a field, beside its type: in ``Annotated`` behind the field's type.

    ``low`` and ``high`` are the bounds of a number, both within; ``choices`` all values of a text, or ``longest`` its
    characters at most. ``pairs`` is the field whose items belong to this one's, one by one.
    """

    about: str
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    longest: int = 0
    pairs: str = ""


NOT_ASKED = Param("")
"""Of a field that no form asks for: the number of a page or a piece, which follows from what is made."""


class OperationProduct(Protocol):
    """What an operation gives. ``facts`` is what it measured on the way, JSON-ready; they are kept with the asset."""

    @property
    def media(self) -> MediaInfo:
        """What the content is."""
        ...

    @property
    def format(self) -> str:
        """The file's, as in Asset.format."""
        ...

    @property
    def facts(self) -> Mapping[str, Any]:
        """See above."""
        ...

    def encode(self) -> bytes:
        """The file: the same product gives the same bytes."""
        ...


@dataclass(frozen=True, slots=True)
class AssetOperation(ABC):
    """A frozen set of parameters. ``run`` is pure: what it gives depends on nothing else.

    The first input is what is worked on; further ones are what it is held against (the other
    frames of a set, a palette). Subclasses are frozen dataclasses whose fields are JSON values,
    tuples of them or string enums.
    """

    name: ClassVar[str]
    """As the records of derived assets have it."""
    medium: ClassVar[str]
    """What it works on, and makes."""
    kind: ClassVar[AssetKind]
    """What comes out, as an asset."""
    packages: ClassVar[tuple[str, ...]]
    """Those that decide the bytes of what comes out."""
    gathers: ClassVar[bool] = False
    """Whether the result, made of many, is none of them: it does not take over what the first one shows."""
    relation: ClassVar[RelationKind | None] = None
    """What the result is to the first input, beside derived from it."""
    about: ClassVar[str] = ""
    """What it is good for, in a sentence."""
    by_parameters: ClassVar[bool] = True
    """Whether it can be asked for by its parameters and inputs alone, as a form does."""
    beside: ClassVar[str] = ""
    """What the second input is, where there is one that a form must ask for."""
    together: ClassVar[bool] = False
    """Whether several inputs may be treated alike: the one that is worked on is held against all of them."""
    variant: ClassVar[bool] = False
    """Whether the result is another version of its first input."""

    @abstractmethod
    def run(self, inputs: Sequence[Any]) -> OperationProduct:
        """Work on ``inputs``, as the medium decodes them. Raises an InvalidInput where it makes no sense on them."""

    def made(self, inputs: Sequence[Any]) -> OperationProduct:
        """What ``run`` gives of ``inputs``, with what its file says of how the inputs came about. Raises as it."""
        return self.run(inputs)

    def settled(self) -> Self:
        """What is made and recorded when this is asked for now. It is another where a record with these parameters has
        to go on meaning what it meant to programs before; ``settled().settled()`` is ``settled()``."""
        return self

    def as_before(self) -> tuple[Self, ...]:
        """What else a record with these parameters may have meant to a program before, where it does not say to which:
        a replay takes the one that gives the bytes that were stored."""
        return ()

    @property
    def needs_beside(self) -> bool:
        """Whether it cannot do without the second input of ``beside``."""
        return bool(self.beside)

    @property
    def verb(self) -> str:
        """What results are called after, behind the name of what was worked on."""
        return self.name

    @property
    def suffix(self) -> str:
        """The ending of files with the result."""
        from audobon_cli.media.registry import medium_named

        return medium_named(self.medium).suffix

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
