"""A training set: pictures, captions, the trigger word, and which pictures are set aside."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from audobon_cli.domain.ids import AssetId, BlobId
from audobon_cli.domain.serialization import canonical_json

TRAINING_SET_SCHEMA = "audobon-training-set/1"

HELD_OUT_SHARE = 10
"""One picture of so many is set aside, and ..."""
LEAST_HELD_OUT = 2
"""... never fewer: the loss of a single picture is noise (kohya-ss/sd-scripts#193)."""


@dataclass(frozen=True, slots=True)
class TrainingPicture:
    """A picture to learn from.

    ``digest`` is the id of its blob; ``width`` and ``height`` are its sides in pixels; ``has_alpha`` says that some of
    it is transparent; ``licence`` is "" where none is known. ``asset`` is what holds it in the library: no part of the
    set's digest, since the same pictures are other assets in another library.
    """

    digest: BlobId
    name: str
    caption: str
    width: int
    height: int
    has_alpha: bool
    licence: str = ""
    asset: AssetId | None = None

    def facts(self) -> dict[str, Any]:
        """All fields but ``asset``, JSON-ready."""
        return {
            "digest": self.digest,
            "name": self.name,
            "caption": self.caption,
            "width": self.width,
            "height": self.height,
            "has_alpha": self.has_alpha,
            "licence": self.licence,
        }


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """Pictures in the order of their digests, whatever order they were found in. ``training_set`` makes one.

    ``trigger`` is the word that calls what is learnt ("" for none). ``held_out`` are the indices of the pictures that
    are only measured with and never learnt from. ``digest`` is the SHA-256 of the canonical JSON of ``to_dict``.
    """

    pictures: tuple[TrainingPicture, ...]
    trigger: str
    digest: str
    held_out: tuple[int, ...]

    @property
    def learnt(self) -> tuple[int, ...]:
        """The indices of the pictures that are learnt from."""
        aside = set(self.held_out)
        return tuple(index for index in range(len(self.pictures)) if index not in aside)

    def to_dict(self) -> dict[str, Any]:
        """What the digest is of, JSON-ready."""
        return _facts(self.pictures, self.trigger, self.held_out)


def training_set(pictures: Iterable[TrainingPicture], trigger: str = "") -> TrainingSet:
    """The set of ``pictures`` with the trigger word ``trigger``, frozen.

    Which are held out depends on nothing but the bytes of the pictures: those whose hash comes first, one in
    HELD_OUT_SHARE and at least LEAST_HELD_OUT, none where that would leave fewer than are set aside. A picture that is
    there several times is on one side with all its copies.
    """
    ordered = tuple(sorted(pictures, key=lambda one: (one.digest, one.name, one.caption)))
    aside = _set_aside({one.digest for one in ordered})
    held_out = tuple(index for index, one in enumerate(ordered) if one.digest in aside)
    text = canonical_json(_facts(ordered, trigger, held_out))
    return TrainingSet(ordered, trigger, hashlib.sha256(text.encode()).hexdigest(), held_out)


def _set_aside(digests: set[BlobId]) -> set[BlobId]:
    count = max(LEAST_HELD_OUT, len(digests) // HELD_OUT_SHARE)
    if len(digests) < 2 * count:
        return set()
    return set(sorted(digests, key=lambda one: hashlib.sha256(f"held out {one}".encode()).digest())[:count])


def _facts(pictures: tuple[TrainingPicture, ...], trigger: str, held_out: tuple[int, ...]) -> dict[str, Any]:
    return {
        "schema": TRAINING_SET_SCHEMA,
        "trigger": trigger,
        "pictures": [one.facts() for one in pictures],
        "held_out": list(held_out),
    }


def training_set_from(data: Any) -> TrainingSet:
    """The set that ``to_dict`` wrote; which assets held the pictures is not in it.

    Raises ValueError if ``data`` is none of this schema, or if what is held out is not what the pictures say.
    """
    if not isinstance(data, dict) or data.get("schema") != TRAINING_SET_SCHEMA:
        raise ValueError(f"not a training set of schema {TRAINING_SET_SCHEMA}")
    try:
        pictures = [TrainingPicture(**one) for one in data["pictures"]]
        found = training_set(pictures, data["trigger"])
        if list(found.held_out) != data["held_out"]:
            raise ValueError("the pictures held out are not those of its pictures")
    except (TypeError, KeyError) as error:
        raise ValueError(f"not a training set of schema {TRAINING_SET_SCHEMA}: {error}") from error
    return found
