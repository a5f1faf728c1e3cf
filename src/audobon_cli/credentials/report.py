"""What a file says of how it came about: its source type, its recipe, its credentials."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audobon_cli.credentials.examine import Credentials, CredentialsState, examine
from audobon_cli.domain.errors import CredentialsInvalid, InvalidInput
from audobon_cli.domain.foreign.documents import MOST_PICTURE_BYTES, read_named
from audobon_cli.domain.serialization import all_facts, from_plain
from audobon_cli.media.image.inspect import png_texts
from audobon_cli.media.image.png_chunks import PNG_SIGNATURE
from audobon_cli.media.registry import inspect_file, recipe_in
from audobon_cli.media.sound.containers import sound_format
from audobon_cli.media.untrusted.decoding import from_sandbox
from audobon_cli.media.xmp import XMP_KEYWORD, source_type_in, source_type_named
from audobon_cli.sandbox.tasks import Answer

_HEADS = {"png": PNG_SIGNATURE, "jpeg": b"\xff\xd8\xff", "gif": b"GIF8"}


@dataclass(frozen=True, slots=True)
class FileProvenance:
    """``source_type`` is the URI that its XMP names, "" for none."""

    path: Path
    format: str
    source_type: str
    has_recipe: bool
    credentials: Credentials


def provenance_of(path: Path) -> FileProvenance:
    """What the file at ``path`` says. Raises InvalidInput for one that cannot be read, PictureUnreadable for one that
    is no picture or sound."""
    try:
        data = read_named(path, MOST_PICTURE_BYTES)
    except (OSError, ValueError) as error:
        raise InvalidInput(
            f"{path} cannot be read: {getattr(error, 'strerror', None) or error}.", hint="check the path"
        ) from error
    return from_sandbox(
        *("provenance", {"path": str(path)}, data),
        lambda: _provenance(path, data),
        lambda answer: from_plain(FileProvenance, answer.facts),
    )


def provenance_task(facts: dict[str, Any], data: bytes) -> Answer:
    """The task of the sandbox: what ``data``, the file at ``path``, says."""
    return Answer(all_facts(_provenance(Path(facts["path"]), data)))


def _provenance(path: Path, data: bytes) -> FileProvenance:
    form = _format(data)
    named = source_type_named(data)
    if not named and data.startswith(PNG_SIGNATURE):  # whose texts may be compressed
        named = source_type_in(png_texts(data).get(XMP_KEYWORD, ""))
    recipe = recipe_in(data)
    return FileProvenance(path, form, named, recipe is not None, examine(data, form))


def _format(data: bytes) -> str:
    """The name of a file's format, by its first bytes alone: one that is damaged is what is to be told."""
    found = next((name for name, begins in _HEADS.items() if data.startswith(begins)), None) or sound_format(
        data
    )
    if found is None and data[:4] + data[8:12] == b"RIFFWEBP":
        return "webp"
    if found is None and data[4:12] == b"ftypavif":
        return "avif"
    return found or inspect_file(data).format


def broken(found: Sequence[FileProvenance]) -> CredentialsInvalid | None:
    """What to raise where credentials do not hold."""
    bad = [one for one in found if one.credentials.state is CredentialsState.INVALID]
    if not bad:
        return None
    why = ", ".join(bad[0].credentials.problems) or "the signature does not hold"
    return CredentialsInvalid(
        f"The credentials of {bad[0].path} do not hold: {why}.",
        hint="it was changed since it was signed: ask for the original",
        files=[str(one.path) for one in bad],
    )
