"""What every medium promises (media/types.py)."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from audobon_cli.contracts.clauses import Clause, ContractBroken, require
from audobon_cli.domain.errors import PictureUnreadable
from audobon_cli.domain.ids import blob_id
from audobon_cli.domain.media import media_dict
from audobon_cli.domain.recipe import Recipe
from audobon_cli.domain.serialization import from_plain
from audobon_cli.library.add import AssetDraft
from audobon_cli.media.types import Medium

MOST_PREVIEW_BYTES = 64 * 1024

RECIPE = Recipe(
    prompt="red apple",
    negative="",
    resolved_prompt="red apple",
    resolved_negative="",
    engine="local",
    model="sprite",
    model_family="sprite",
    model_digest="0" * 64,
    quality="draft",
    style="none",
    width=8,
    height=8,
    render_width=8,
    render_height=8,
    steps=8,
    guidance=4.0,
    seed=1,
    scheduler="DDIMScheduler",
    device="cpu",
    dtype="float32",
    libraries={"audobon": "1"},
)
"""Of a picture that nobody drew."""


@runtime_checkable
class Sampled(Protocol):
    """A medium that brings contents to be tried with: media of plugins do."""

    def sample(self, number: int) -> Any:
        """A content, another for each number, and the same for the same."""
        ...


@dataclass(frozen=True)
class MediumRig:
    """A medium on trial, and contents of it by number."""

    medium: Medium
    content: Callable[[int], Any]

    @cached_property
    def data(self) -> bytes:
        """A file of it, with a recipe."""
        return self.medium.encode(self.content(1), RECIPE)


def equal_contents_are_equal_files(rig: MediumRig) -> None:
    """Equal contents and recipes give equal bytes; others give others."""
    encode = rig.medium.encode
    require(encode(rig.content(1), RECIPE) == rig.data, "the same content gave other bytes")
    require(encode(rig.content(2), RECIPE) != rig.data, "another content gave the same bytes")
    other = replace(RECIPE, seed=2)
    require(encode(rig.content(1), other) != rig.data, "another recipe gave the same bytes")


def a_file_carries_its_recipe(rig: MediumRig) -> None:
    """The recipe is read from bytes and from a file, and from nothing else."""
    medium = rig.medium
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"content{medium.suffix}")
        path.write_bytes(rig.data)
        for source in (rig.data, path):
            require(
                medium.read_recipe(source) == RECIPE,
                f"the recipe read from {type(source).__name__} is another",
            )
    require(medium.read_recipe(b"something else") is None, "a recipe was read from a file of no medium")
    half = medium.read_recipe(rig.data[: len(rig.data) // 2])
    require(half in (None, RECIPE), "half a file gave another recipe")


def a_file_tells_what_it_is(rig: MediumRig) -> None:
    """Its files are recognised, and inspecting one gives facts of its class, its recipe and a format of its list."""
    medium = rig.medium
    require(medium.recognises(rig.data), "it does not recognise its own file")
    require(not medium.recognises(b"something else"), "it takes any bytes for its own")
    found = medium.inspect(rig.data)
    require(isinstance(found.media, medium.info), f"the facts are of {type(found.media).__name__}")
    require(found.media.medium == medium.name, f"the facts are of the medium {found.media.medium!r}")
    require(found.foreign.recipe == RECIPE, "inspecting gives another recipe")
    formats = {form.name: form for form in medium.formats if form.found_as}
    require(found.format in formats, f"the format {found.format!r} is none of those that files of it have")
    suffix = formats[found.format].suffix
    require(suffix == medium.suffix, f"files of it end in {suffix} and are made with {medium.suffix}")


def what_is_known_of_it_can_be_kept(rig: MediumRig) -> None:
    """The facts survive being written and read, and can be compared and hashed."""
    media = rig.medium.inspect(rig.data).media
    kept = media_dict(media)
    require(kept.pop("medium") == rig.medium.name, "the facts are kept under another medium")
    require(from_plain(rig.medium.info, kept) == media, "the facts read again are others")
    hash(media)


def damaged_files_are_refused(rig: MediumRig) -> None:
    """A file that is cut off is refused with PictureUnreadable, and shows nothing."""
    damaged = rig.data[:6]
    try:
        rig.medium.inspect(damaged)
    except PictureUnreadable:
        require(rig.medium.preview(damaged) is None, "a damaged file has a preview")
        require(rig.medium.fingerprint(damaged).dhash == 0, "a damaged file has a fingerprint")
        return
    raise ContractBroken("a file that is cut off was taken for whole")


def previews_are_small_pictures(rig: MediumRig) -> None:
    """A preview is a WebP of less than 64 KiB, or there is none."""
    preview = rig.medium.preview(rig.data)
    if preview is not None:
        require(preview[:4] == b"RIFF", "the preview is no WebP")
        require(len(preview) < MOST_PREVIEW_BYTES, f"the preview has {len(preview)} bytes")


def as_it_is_it_is_exported_as_it_is(rig: MediumRig) -> None:
    """Exported in no other format the bytes stay as they are."""
    found = rig.medium.inspect(rig.data)
    draft = AssetDraft("one", found.kind, found.media, format=found.format)
    asset = draft.asset(blob_id(rig.data), len(rig.data))
    for form in (None, found.format):
        same = rig.medium.convert(asset, rig.data, form, optimize=False) == rig.data
        require(same, f"exported as {form or 'it is'} the file has other bytes")


MEDIUM_CLAUSES: tuple[Clause[MediumRig], ...] = (
    equal_contents_are_equal_files,
    a_file_carries_its_recipe,
    a_file_tells_what_it_is,
    what_is_known_of_it_can_be_kept,
    damaged_files_are_refused,
    previews_are_small_pictures,
    as_it_is_it_is_exported_as_it_is,
)
