"""The checks of each medium. A further medium is a line here, or is not checked."""

from collections.abc import Mapping

from audobon_cli.domain.media import IMAGE, SOUND
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.engines.base import Rendered
from audobon_cli.generation.checks.check import Checks
from audobon_cli.generation.checks.image import IMAGE_CHECKS
from audobon_cli.generation.checks.sound import SOUND_CHECKS

CHECKS: Mapping[str, Checks] = {
    IMAGE: IMAGE_CHECKS,
    SOUND: SOUND_CHECKS,
}


def check_content(rendered: Rendered, request: ResolvedRequest) -> tuple[str, ...]:
    """What is wrong with what was made for ``request``, in words; empty when nothing is.

    What the engine found comes first. Takes some milliseconds for a picture of 1024x1024.
    """
    problems = list(rendered.problems)
    for check in CHECKS.get(request.output.medium, {}).values():
        if check.last and problems:
            continue
        found = check.find(rendered.content, request)
        if found is not None:
            problems.append(found)
            if check.decisive:
                break
    return tuple(problems)
