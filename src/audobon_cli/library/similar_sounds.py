"""Sounds that sound alike: by what is heard in them, without a model."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audobon_cli.domain.asset import Asset
from audobon_cli.domain.errors import AudobonError
from audobon_cli.domain.events import Listener, Progress, ignore
from audobon_cli.domain.ids import BlobId
from audobon_cli.domain.sound import SoundInfo
from audobon_cli.library.store.library import Library
from audobon_cli.library.thumbnails import FOLDER
from audobon_cli.media.untrusted.decoding import from_sandbox
from audobon_cli.platforms import current
from audobon_cli.sandbox.tasks import Answer

if TYPE_CHECKING:
    import numpy as np

NEAR = 0.9
"""Two sounds are alike when they differ by no more: on average so many deviations of what recordings have (by trial:
seeds of one preset mostly stay below, other presets above)."""

VERSION = 1
"""Of the file in which heard numbers are kept: another one when features are measured otherwise."""
USE = "heard"
_DIGEST_BYTES = 32


@dataclass(frozen=True, slots=True)
class SimilarSound:
    """An asset, and by how much it differs from the one asked for: 0 is the same to the ear, see NEAR."""

    asset: Asset
    difference: float


def similar_sounds(
    library: Library, asset: Asset, limit: int = 20, listen: Listener = ignore, most: float = NEAR
) -> tuple[SimilarSound, ...]:
    """The sounds that differ from ``asset`` by at most ``most``, the nearest first; itself left out.

    Hearing a sound takes some 10 ms for a second of it; what was heard is kept beside the thumbnails.
    """
    import numpy as np

    sounds = [one for one in library.assets.matching("kind:sound") if isinstance(one.media, SoundInfo)]
    heard = _heard(library, [asset, *sounds], listen)
    own = heard[asset.blob]
    others = [one for one in sounds if one.id != asset.id and heard[one.blob].any()]
    if not own.any() or not others:
        return ()
    table = np.stack([heard[one.blob] for one in others])
    differences = np.sqrt(((table - own) ** 2).mean(axis=1))
    order = np.argsort(differences, kind="stable")[:limit]
    return tuple(
        SimilarSound(others[place], round(float(differences[place]), 3))
        for place in order.tolist()
        if differences[place] <= most
    )


def _heard(library: Library, sounds: Sequence[Asset], listen: Listener) -> "dict[BlobId, np.ndarray]":
    """The numbers of every blob of ``sounds``; zeros for silence and what cannot be read."""
    known = _read(library)
    todo = [one for one in {sound.blob: sound for sound in sounds}.values() if one.blob not in known]
    for done, sound in enumerate(todo):
        listen(Progress("listen", done, len(todo), "sounds"))
        known[sound.blob] = _numbers(library, sound)
    if todo:
        listen(Progress("listen", len(todo), len(todo), "sounds"))
        _keep(library, known)
    return known


def _numbers(library: Library, sound: Asset) -> "np.ndarray":
    import numpy as np

    try:
        data = library.blobs.read(sound.blob)
        numbers = from_sandbox(
            *("hear", {}, data),
            lambda: _features(data),
            lambda answer: np.frombuffer(answer.contents[0]) if answer.facts else None,
            from_outside=sound.is_from_outside,
        )
    except AudobonError:  # damaged or missing: `verify` is there to say so
        numbers = None
    if numbers is None or len(numbers) != _length():
        return np.zeros(_length(), dtype="<f4")
    from audobon_cli.media.sound.hearing.classifier import standardised

    return standardised(numbers).astype("<f4")


def _features(data: bytes) -> "np.ndarray | None":
    """What is heard in the sound file ``data``; None for silence."""
    import numpy as np

    from audobon_cli.media.sound.channels import one_channel
    from audobon_cli.media.sound.decoding import open_sound
    from audobon_cli.media.sound.hearing.features import MAX_SECONDS, features

    opened = open_sound(data)
    parts, left = [], int(MAX_SECONDS * opened.rate)
    for block in opened.blocks():
        parts.append(one_channel(block))
        left -= len(block)
        if left <= 0:
            break
    return features(np.concatenate(parts), opened.rate)


def hear_task(facts: dict[str, Any], data: bytes) -> Answer:
    """The task of the sandbox: what is heard in the sound file ``data``."""
    import numpy as np

    found = _features(data)
    return Answer(found is not None, [] if found is None else [np.ascontiguousarray(found, np.float64).data])


def _length() -> int:
    """How many numbers a sound has."""
    from audobon_cli.media.sound.hearing.classifier import number_count

    return number_count()


def _read(library: Library) -> "dict[BlobId, np.ndarray]":
    """What was heard before: records of a digest and its numbers. A file that is cut or of another kind counts for
    nothing."""
    import numpy as np

    record = np.dtype([("blob", f"V{_DIGEST_BYTES}"), ("numbers", "<f4", (_length(),))])
    try:
        data = library.blobs.form.open_beside(USE, _file(library).read_bytes())
    except OSError:
        return {}
    if data is None or len(data) % record.itemsize:
        return {}
    return {BlobId(bytes(one["blob"]).hex()): one["numbers"] for one in np.frombuffer(data, record)}


def _keep(library: Library, heard: "Mapping[BlobId, np.ndarray]") -> None:
    """Not synced, because all of it can be heard again."""
    if library.read_only:
        return
    file = _file(library)
    draft = file.with_suffix(f".{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        data = b"".join(bytes.fromhex(blob) + numbers.tobytes() for blob, numbers in heard.items())
        draft.write_bytes(library.blobs.form.seal_beside(USE, data))
        current().replace(draft, file)
    except OSError:  # a read-only library keeps none
        draft.unlink(missing_ok=True)


def forget_heard(library: Library) -> None:
    """Delete what was heard in all sounds: it is heard again when it is asked for."""
    _file(library).unlink(missing_ok=True)


def _file(library: Library) -> Path:
    from audobon_cli.media.sound.hearing.classifier import standard_checksum

    return library.root / FOLDER / f"sounds-{VERSION}-{standard_checksum():08x}.heard"
