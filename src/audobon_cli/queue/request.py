"""Requests as jobs hold them: nothing is left open, and no file of theirs can change before they run."""

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from audobon_cli.domain.adapters import AdapterChoices, ReferenceChoice
from audobon_cli.domain.composition import Composition
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.output.image import ImageOutput
from audobon_cli.domain.request import LOCAL_ONLY, GenerationRequest, ResolvedRequest
from audobon_cli.domain.serialization import from_plain, to_plain
from audobon_cli.domain.sound import SoundChoices, SoundOutput
from audobon_cli.generation.input_images import import_inputs, keep_input
from audobon_cli.generation.resolve.composition import WORDS_ALONE
from audobon_cli.library.store.library import Library


@dataclass(frozen=True, slots=True)
class QueuedRequest:
    """A request and how it is run. ``out`` is an absolute path, None for the library alone.

    ``picture_timeout_seconds`` bounds one picture; None leaves it to the quality.
    """

    request: GenerationRequest
    out: str | None = None
    overwrite: bool = False
    strategy: str = ""
    picture_timeout_seconds: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """As a job keeps it. A strength that is left open is said as null: without a word, a job is an old one."""
        plain: dict[str, Any] = to_plain(self)
        if self.request.inputs.strength is None:
            plain["request"].setdefault("inputs", {})["strength"] = None
        return plain

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "QueuedRequest":
        """Back from to_dict. Raises InvalidInput for a request that is none any more."""
        try:
            queued = from_plain(cls, data)
        except ValueError as error:
            raise InvalidInput(
                f"The job's request cannot be read: {error}.", hint="add it again, and cancel this one"
            ) from error
        inputs = queued.request.inputs
        if inputs.init_image is not None or "strength" in data["request"].get("inputs", {}):
            return queued
        # Jobs of versions that knew no compositions are drawn from words alone.
        return replace(queued, request=replace(queued.request, inputs=replace(inputs, strength=WORDS_ALONE)))


def freeze_request(
    request: GenerationRequest, resolved: ResolvedRequest, folder: Path, library: Library
) -> GenerationRequest:
    """``request`` with the choices that ``resolved`` made of it, for a process that runs elsewhere and later.

    Input pictures are filed in the library and named by their files there; other files get absolute paths.
    """
    import_inputs(library, resolved.pictures)
    inputs = request.inputs
    if resolved.inputs.init_image is not None:
        inputs = replace(inputs, init_image=str(library.blobs.path(resolved.inputs.init_image.blob)))
    if resolved.inputs.mask is not None:
        inputs = replace(inputs, mask=str(library.blobs.path(resolved.inputs.mask.blob)))
    if resolved.composition is not None:
        inputs = replace(inputs, strength=resolved.composition.strength)
    return replace(
        request,
        model=_anchored(request.model or resolved.model.name, folder),
        quality=resolved.quality,
        style=resolved.style if resolved.composition is None else request.style,  # none: as the seed says
        style_of=_freeze_style(request, resolved, folder),
        size=str(resolved.size) if isinstance(resolved.output, ImageOutput) else None,
        sound=_freeze_sound(request, resolved),
        seed=resolved.seed if request.where == LOCAL_ONLY else request.seed,
        own_seed=None if request.where == LOCAL_ONLY else resolved.seed,
        where=replace(request.where, workflow=_anchored_file(request.where.workflow, folder)),
        inputs=inputs,
        adapters=_freeze_adapters(request.adapters, resolved.composition, folder, library),
        vae=_anchored(request.vae, folder) if request.vae else None,
        components=tuple(_anchored_part(part, folder) for part in request.components),
    )


def _freeze_style(request: GenerationRequest, resolved: ResolvedRequest, folder: Path) -> str | None:
    """What a style is taken from: the asset that was meant, or the path from anywhere."""
    dress = resolved.image.dress
    if request.style_of is None or dress is None:
        return request.style_of
    path = folder / Path(request.style_of).expanduser()
    return dress.asset or (os.path.normpath(path) if path.exists() else request.style_of)


def _freeze_sound(request: GenerationRequest, resolved: ResolvedRequest) -> SoundChoices:
    """What is played, in place of the words that chose it: presets may change before the job is run."""
    output = resolved.output
    if not isinstance(output, SoundOutput) or output.patch is None:
        return request.sound
    return SoundChoices(patch=output.patch)


def _freeze_adapters(
    choices: AdapterChoices, composition: Composition | None, folder: Path, library: Library
) -> AdapterChoices:
    def kept(picture: Path) -> Path:
        return library.blobs.path(keep_input(library, folder / picture.expanduser()))

    refiner = choices.refiner
    if composition is not None and composition.reference:  # files or assets, which are in the library by now
        references = tuple(
            ReferenceChoice(library.blobs.path(one.picture.blob), name=one.name) for one in composition.own
        )
    else:
        references = tuple(replace(one, picture=kept(one.picture)) for one in choices.references)
    return replace(
        choices,
        loras=tuple(replace(one, reference=_anchored(one.reference, folder)) for one in choices.loras),
        embeddings=tuple(_anchored(name, folder) for name in choices.embeddings),
        controls=tuple(replace(one, picture=kept(one.picture)) for one in choices.controls),
        control_models=tuple(_anchored(name, folder) for name in choices.control_models),
        references=references,
        reference_model=_anchored(choices.reference_model, folder) if choices.reference_model else None,
        refiner=replace(refiner, reference=_anchored(refiner.reference, folder)) if refiner else None,
    )


def _anchored_file(name: str, folder: Path) -> str:
    return os.path.normpath(folder / Path(name).expanduser()) if name else ""


def _anchored_part(part: str, folder: Path) -> str:
    name, equals, reference = part.partition("=")
    return f"{name}{equals}{_anchored(reference, folder)}"


def _anchored(reference: str, folder: Path) -> str:
    """A reference that is a path, absolute; a name as it is."""
    is_path = os.sep in reference or reference.endswith(".safetensors")
    path = folder / Path(reference).expanduser()
    return os.path.normpath(path) if is_path and path.exists() else reference
