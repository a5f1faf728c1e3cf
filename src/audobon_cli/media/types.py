"""What every medium does: the protocol, and what it gives and takes."""

from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.asset import Asset, AssetKind
from audobon_cli.domain.foreign.documents import Beginning
from audobon_cli.domain.media import MediaInfo
from audobon_cli.domain.recipe import Recipe

if TYPE_CHECKING:
    from audobon_cli.domain.media import MediaOutput
    from audobon_cli.domain.model import Model
    from audobon_cli.domain.presets import Style
    from audobon_cli.domain.request import GenerationRequest
    from audobon_cli.presets.catalog import Presets


@dataclass(frozen=True, slots=True)
class FileFormat:
    """A format of files: ``name`` is that of Asset.format, ``title`` for people, ``suffix`` the ending of files that
    are written; files with one of ``found_as`` are taken for it (none: it is written only)."""

    name: str
    title: str
    suffix: str
    found_as: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Foreign:
    """What is known of a content from what is written in its file; ``details`` is JSON-ready, with ``source`` for the
    program."""

    prompt: str = ""
    model: str = ""
    seed: int | None = None
    recipe: Recipe | None = None
    tags: tuple[str, ...] = ()
    note: str = ""
    rating: int | None = None
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def says_how(self) -> bool:
        """Whether anything but ``details`` is known."""
        facts = self.prompt or self.model or self.recipe or self.tags or self.note or self.rating
        return bool(facts) or self.seed is not None


@dataclass(frozen=True, slots=True)
class Appearance:
    """``dhash`` is a 64-bit hash in which alike contents differ by few bits (0: nothing to hash; FLAT_HASH says
    little); ``colors`` are the chief colours as (red, green, blue), the most frequent first."""

    dhash: int
    colors: tuple[tuple[int, int, int], ...]


NO_APPEARANCE = Appearance(0, ())
FLAT_HASH = 1
"""The hash of a picture that rises nowhere in brightness: all plain ones, and all shades that fall, have it, so that
their colours and their layout tell them apart."""
RISING_HASH = 2**64 - 1
"""The hash of a picture that rises everywhere: all shades from dark to light have it, and it says as little."""


@dataclass(frozen=True, slots=True)
class InspectedFile:
    """What a file is, told without decoding more than must be."""

    kind: AssetKind
    format: str
    media: MediaInfo
    foreign: Foreign = field(default_factory=Foreign)


class DecodedContent(Protocol):
    """A content as operations work on it."""

    @property
    def media(self) -> MediaInfo:
        """What it is."""
        ...

    @property
    def format(self) -> str:
        """The name of the file's format."""
        ...

    @property
    def nbytes(self) -> int:
        """What it takes in memory."""
        ...


@runtime_checkable
class LooksAhead(Protocol):
    """A medium that tells some files that it refuses without reading them whole."""

    def refusal(self, beginning: Beginning, size: int) -> str:
        """Why `inspect` refuses a large file with this beginning and of ``size`` bytes; "" where it may not."""
        ...


class Medium(Protocol):
    """One medium. ``info`` is the class of what Asset.media says of it; ``formats`` those that files of it have, and
    ``suffix`` the ending of the files that are made here.

    A content is what an engine makes (see engines.base.Rendered). Importing a medium's module imports nothing heavy.
    """

    name: str
    info: type[MediaInfo]
    formats: tuple[FileFormat, ...]
    suffix: str

    def recognises(self, data: bytes) -> bool:
        """Whether the first bytes of ``data`` are those of a format of this medium."""
        ...

    def inspect(self, data: bytes) -> InspectedFile:
        """What the file ``data`` is. Raises PictureUnreadable for what is damaged, too large or hostile."""
        ...

    def plan_output(
        self, request: "GenerationRequest", model: "Model", style: "Style", presets: "Presets"
    ) -> "MediaOutput":
        """What ``request`` asks of ``model``, with every choice made. Raises errors of usage."""
        ...

    def finish(self, content: Any, output: "MediaOutput") -> Any:
        """``content``, as the model made it, after the steps that ``output`` lists."""
        ...

    def finishing_libraries(self, output: "MediaOutput") -> dict[str, str]:
        """The versions of what ``finish`` works with: part of a recipe."""
        ...

    def encode(self, content: Any, recipe: Recipe) -> bytes:
        """``content`` as a file that carries ``recipe``: equal input, equal bytes."""
        ...

    def read_recipe(self, source: Path | bytes) -> Recipe | None:
        """The recipe that a file carries; None for those that carry none. Raises InvalidInput if it cannot be read."""
        ...

    def decode(self, data: bytes, name: str) -> DecodedContent:
        """The file ``data``, called ``name`` in errors, for operations. Raises an InvalidInput for what is damaged, of
        another medium, or too large."""
        ...

    def preview(self, data: bytes) -> bytes | None:
        """A small WebP to show; None where there is none."""
        ...

    def fingerprint(self, data: bytes) -> Appearance:
        """What tells alike contents; NO_APPEARANCE where there is nothing to tell."""
        ...

    def convert(self, asset: Asset, data: bytes, form: str | None, optimize: bool) -> bytes:
        """``data``, the file of ``asset``, in the format ``form`` (None: as it is); ``optimize``: in fewer bytes.

        Raises InvalidInput for formats that it cannot have.
        """
        ...
