"""Every choice of a request made for wherever it is drawn: here, or at providers."""

from dataclasses import replace

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.request import LOCAL_ONLY, GenerationRequest, ResolvedRequest
from audobon_cli.generation.resolve.inputs import LibraryOpener
from audobon_cli.generation.resolve.local import ModelFinder, resolve
from audobon_cli.generation.resolve.words import read_words
from audobon_cli.models.finding import find_model
from audobon_cli.models.registry import ModelRegistry
from audobon_cli.settings.settings import Settings


def resolve_request(
    request: GenerationRequest,
    settings: Settings,
    registry: ModelRegistry,
    library: LibraryOpener,
    find: ModelFinder = find_model,
) -> ResolvedRequest:
    """``request`` with every choice made for the places that it names. Raises PromptUnsafe, and what those two ways
    raise."""
    read = read_words(request, settings, registry, find)
    resolved = _placed(read.request, settings, registry, library, find)
    return replace(resolved, notes=(*read.notes, *resolved.notes)) if read.notes else resolved


def _placed(
    request: GenerationRequest,
    settings: Settings,
    registry: ModelRegistry,
    library: LibraryOpener,
    find: ModelFinder,
) -> ResolvedRequest:
    def here(asked: GenerationRequest) -> ResolvedRequest:
        return resolve(asked, settings, registry, library, find)

    if request.where == LOCAL_ONLY:
        return here(request)
    if request.style_of is not None:
        raise InvalidInput(
            "--style-of is for pictures that are drawn here.",
            hint="draw it, then `audobon style transfer PICTURE --card CARD`",
        )
    # What providers need costs other commands a part of their start-up.
    from audobon_cli.generation.resolve.remote import RemoteContext, resolve_with_fallbacks

    return resolve_with_fallbacks(request, RemoteContext(registry.presets, settings, here, library))
