"""The user's own pictures as exemplars: assets of the library, found by their names, tags and prompts, or one picture.

A recipe names them by their digests: the hand of such a thing is the blob that it was drawn from.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from audobon_cli.domain.composition import OwnExemplar
from audobon_cli.domain.errors import BlobMissing
from audobon_cli.domain.ids import BlobId
from audobon_cli.exemplars.faces import FACES
from audobon_cli.exemplars.find import unaccented
from audobon_cli.exemplars.reading import Reading
from audobon_cli.exemplars.scene import Placed
from audobon_cli.exemplars.shapes import Drawing
from audobon_cli.exemplars.store import DIGEST_DIGITS, ExemplarStore, Hand, Thing
from audobon_cli.exemplars.trace import traced
from audobon_cli.exemplars.vocabulary import ATTRIBUTES, COLOURS, MATERIALS, PASSED_OVER

if TYPE_CHECKING:
    from audobon_cli.library.store.library import Library

_BLOB = re.compile(r"[0-9a-f]{64}")


def is_own(hand: str) -> bool:
    """Whether a hand of a scene is a picture of the user's."""
    return _BLOB.fullmatch(hand) is not None


def own_things(things: Iterable[Placed]) -> tuple[tuple[str, str], ...]:
    """The blobs of the user's pictures in a scene, and what they are called there."""
    return tuple({one.hand: one.thing for one in things if is_own(one.hand)}.items())


class OwnStore(ExemplarStore):
    """The pictures ``own``; with ``shipped``, beside the drawings in ``folder``, before which they come."""

    def __init__(self, folder: Path, own: Sequence[OwnExemplar], shipped: bool) -> None:
        super().__init__(folder)
        self._own = {str(one.picture.blob): one for one in own}
        self._shipped = shipped

    @cached_property
    def hands(self) -> dict[str, Hand]:
        """See ExemplarStore; each picture is a hand, of no style."""
        return {
            **super().hands,
            **{blob: Hand(one.name, "", "", one.name) for blob, one in self._own.items()},
        }

    @cached_property
    def things(self) -> dict[str, Thing]:
        """See ExemplarStore: a thing for each name of pictures, and one for what is left of it without what words
        of colour, material and attributes say."""
        hands: dict[str, list[str]] = {}
        keywords: dict[str, dict[str, None]] = {}
        for blob, one in self._own.items():
            name = plain_name(one.name)
            bare = " ".join(word for word in name.split() if word not in _SAID)
            for each in dict.fromkeys((name, bare or name)):
                hands.setdefault(each, []).append(blob)
                keywords.setdefault(each, {}).update(dict.fromkeys(one.words))
        own = {name: Thing((name,), tuple(keywords[name]), "", tuple(found)) for name, found in hands.items()}
        return {**super().things, **own} if self._shipped else own

    @cached_property
    def alike(self) -> dict[str, str]:
        """See ExemplarStore."""
        return super().alike if self._shipped else {}

    @cached_property
    def tiles(self) -> dict[str, list[int]]:
        """See ExemplarStore."""
        return super().tiles if self._shipped else {}

    def drawing(self, hand: str, name: str) -> Drawing:
        """See ExemplarStore: of a picture, traced. Raises what traced does, and BlobMissing."""
        return traced(self.picture(hand), name) if is_own(hand) else super().drawing(hand, name)

    def picture(self, blob: str) -> bytes:
        """The bytes of a picture. Raises BlobMissing."""
        try:
            return self._own[blob].picture.read()
        except (KeyError, OSError) as error:
            raise BlobMissing(
                f"The picture {blob[:12]} that this is composed of is not there.",
                hint="import it again: `audobon assets import FILE`",
                blob=blob,
            ) from error

    def exemplar_digest(self, hand: str, name: str, place: int = 0) -> str:
        """See ExemplarStore: of a picture, the beginning of its blob's."""
        return hand[:DIGEST_DIGITS] if is_own(hand) else super().exemplar_digest(hand, name, place)


def without_faces(reading: Reading) -> tuple[Reading, tuple[str, ...]]:
    """``reading`` without attributes that draw a face, on the user's own pictures: where theirs is is not known. And
    what to say of that."""
    asked, notes = [], []
    for one in reading.asked:
        faces = (
            [word for word in one.attributes if word in FACES] if any(map(is_own, one.thing.hands)) else []
        )
        asked.append(replace(one, attributes=tuple(word for word in one.attributes if word not in faces)))
        notes += [
            f"{word}: where {one.thing.name} has its face is not known, so none is drawn" for word in faces
        ]
    return replace(reading, asked=tuple(asked)), tuple(notes)


def library_store(folder: Path, things: Iterable[Placed], library: "Library") -> ExemplarStore:
    """The store in ``folder``, with the pictures of ``library`` that ``things`` of a scene were drawn from."""
    from audobon_cli.library.input_pictures import input_picture

    own = [OwnExemplar(input_picture(library, BlobId(blob)), name) for blob, name in own_things(things)]
    return OwnStore(folder, own, shipped=True) if own else ExemplarStore(folder)


_SAID = COLOURS.keys() | MATERIALS.keys() | ATTRIBUTES.keys()


def plain_name(name: str) -> str:
    """The words of an asset's or a file's name, without numbers: ``iron_sword-2`` is "iron sword"."""
    words = [word for word in re.findall(r"[a-z]+", unaccented(name.lower())) if word not in PASSED_OVER]
    return " ".join(words) or "picture"
