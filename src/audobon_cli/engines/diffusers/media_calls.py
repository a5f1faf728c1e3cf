"""How pipelines of each medium are called, and what comes out of them: a further medium is a line here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from audobon_cli.domain.media import IMAGE, SOUND
from audobon_cli.domain.model import Model
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.engines.base import Rendered
from audobon_cli.engines.diffusers import arguments, pixels, sounds
from audobon_cli.models.files.folder import ModelFiles

if TYPE_CHECKING:
    from audobon_cli.engines.diffusers.inputs.image_to_image import ImageStart


@dataclass(frozen=True, slots=True)
class MediumCalls:
    """``check_files`` refuses files that contradict a model's description; ``accepted`` gives the names of a
    pipeline's arguments, if it makes this medium (the last argument: its family is known); ``arguments`` those of one
    call for several requests; ``rendered`` what a call gave.

    See ``arguments.py``, ``pixels.py`` and ``sounds.py``.
    """

    check_files: Callable[[Model, ModelFiles], None]
    accepted: Callable[[Any, bool], frozenset[str]]
    arguments: Callable[[Any, frozenset[str], Sequence[ResolvedRequest]], dict[str, Any]]
    rendered: Callable[[Any, ResolvedRequest, int, "ImageStart | None"], list[Rendered]]


MEDIUM_CALLS: Mapping[str, MediumCalls] = {
    IMAGE: MediumCalls(
        pixels.check_channels,
        arguments.accepted_arguments,
        arguments.joint_arguments,
        pixels.rendered_pictures,
    ),
    SOUND: MediumCalls(
        sounds.check_sounds, sounds.accepted_arguments, sounds.call_arguments, sounds.rendered_sounds
    ),
}
