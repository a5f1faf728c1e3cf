"""The shipped exemplars: what the index says of them, and the drawings themselves."""

import hashlib
import io
import json
import zipfile
from dataclasses import field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.errors import ModelDamaged
from audobon_cli.exemplars.shapes import Drawing, read_drawing

if TYPE_CHECKING:
    from PIL.Image import Image

STORE = Path(__file__).parents[1] / "builtin" / "exemplars"
TILES = "crawl"
"""The hand of the pixel tiles."""

TILE_PIXELS = 32
TILE_COLUMNS = 40
DIGEST_DIGITS = 16


@dataclass(frozen=True, slots=True)
class Hand:
    """Who drew: the style's name, the licence (SPDX) and the line that names them."""

    name: str
    style: str
    licence: str
    attribution: str


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that can be asked for: names (the chief one first), words that go with it, and the hands that drew it.

    ``eyes`` maps hands to x, y of the left eye, x, y of the right one and their radius, in units of a drawing.
    ``straight``: it is neither turned, bent nor mirrored, for it fits its neighbours or holds a sign.
    """

    names: tuple[str, ...]
    keywords: tuple[str, ...] = ()
    group: str = ""
    hands: tuple[str, ...] = ()
    eyes: dict[str, tuple[float, ...]] = field(default_factory=dict)
    straight: bool = False

    @property
    def name(self) -> str:
        """The chief name."""
        return self.names[0]


class ExemplarStore:
    """The store in ``folder``. Nothing is read before it is asked for; reading the index takes some milliseconds.

    Raises ModelDamaged where a file is missing or damaged.
    """

    def __init__(self, folder: Path = STORE) -> None:
        self.folder = folder

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of the list of its files' digests: of all that it holds."""
        return hashlib.sha256(self._bytes("SHA256SUMS")).hexdigest()

    @cached_property
    def hands(self) -> dict[str, Hand]:
        """The hands by name."""
        return {name: Hand(name, **said) for name, said in self._index["hands"].items()}

    @cached_property
    def things(self) -> dict[str, Thing]:
        """All things that are drawn as vectors, by their chief names."""
        found = (
            Thing(
                tuple(said["n"]),
                tuple(said.get("k", ())),
                said.get("g", ""),
                tuple(said.get("h", ())),
                {hand: tuple(map(float, eyes)) for hand, eyes in said.get("e", {}).items()},
                bool(said.get("s")),
            )
            for said in self._index["things"]
        )
        return {thing.name: thing for thing in found}

    @cached_property
    def alike(self) -> dict[str, str]:
        """Words for things that nothing here shows, and the things that are drawn in their place."""
        found: dict[str, str] = self._index["alike"]
        return found

    @cached_property
    def tiles(self) -> dict[str, list[int]]:
        """The places of the pixel tiles in their atlas, by name; several show one thing."""
        places: dict[str, list[int]] = {}
        for place, name in enumerate(self._index["tiles"]):
            places.setdefault(name, []).append(place)
        return places

    def drawing(self, hand: str, name: str) -> Drawing:
        """The drawing of the thing with the chief name ``name`` by ``hand``."""
        return read_drawing(self._member(hand, name))

    def tile(self, place: int) -> "Image":
        """The tile at ``place`` of the atlas: RGBA, 32 x 32."""
        left, top = place % TILE_COLUMNS * TILE_PIXELS, place // TILE_COLUMNS * TILE_PIXELS
        return self._atlas.crop((left, top, left + TILE_PIXELS, top + TILE_PIXELS))

    def exemplar_digest(self, hand: str, name: str, place: int = 0) -> str:
        """The beginning of the SHA-256 of a drawing as it is stored, or of a tile's pixels."""
        data = self.tile(place).tobytes() if hand == TILES else self._member(hand, name)
        return hashlib.sha256(data).hexdigest()[:DIGEST_DIGITS]

    def _member(self, hand: str, name: str) -> bytes:
        try:
            return self._archive.read(f"{hand}/{name}")
        except (KeyError, zipfile.BadZipFile, OSError) as error:
            raise self._damaged(f"vectors.zip has no drawing {hand}/{name} that can be read") from error

    @cached_property
    def _index(self) -> dict[str, Any]:
        try:
            index: dict[str, Any] = json.loads(self._bytes("index.json"))
        except ValueError as error:
            raise self._damaged("index.json cannot be read") from error
        return index

    @cached_property
    def _archive(self) -> zipfile.ZipFile:
        try:
            return zipfile.ZipFile(io.BytesIO(self._bytes("vectors.zip")))
        except zipfile.BadZipFile as error:
            raise self._damaged("vectors.zip cannot be read") from error

    @cached_property
    def _atlas(self) -> "Image":
        from PIL import Image

        try:
            return Image.open(io.BytesIO(self._bytes("tiles.png"))).convert("RGBA")
        except (OSError, SyntaxError, ValueError) as error:
            raise self._damaged("tiles.png cannot be read") from error

    def _bytes(self, name: str) -> bytes:
        try:
            return (self.folder / name).read_bytes()
        except OSError as error:
            raise self._damaged(f"{name} cannot be read") from error

    def _damaged(self, fact: str) -> ModelDamaged:
        return ModelDamaged(
            f"The store of exemplars in {self.folder} is damaged: {fact}.",
            hint="install Audobon again",
            path=str(self.folder),
        )
