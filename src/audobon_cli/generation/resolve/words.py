"""What is looked at in the words of a request before anything else is decided: safe mode, and other languages."""

from dataclasses import replace

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.errors import ModelNotFound, PromptUnsafe
from audobon_cli.domain.request import LOCAL_ONLY, GenerationRequest
from audobon_cli.generation.resolve.local import ModelFinder
from audobon_cli.models.registry import ModelRegistry
from audobon_cli.settings.settings import Settings


@dataclass(frozen=True, slots=True)
class ReadWords:
    """The request with the words that are drawn, and what to tell of how they came about."""

    request: GenerationRequest
    notes: tuple[str, ...] = ()


def read_words(
    request: GenerationRequest, settings: Settings, registry: ModelRegistry, find: ModelFinder
) -> ReadWords:
    """``request`` with words that its model reads. Raises PromptUnsafe, where safe mode is set and a word is on its
    list."""
    if settings.safe:
        from audobon_cli.prompts.safety import unsafe_words

        found = unsafe_words(request.prompt)
        if found:
            raise PromptUnsafe(
                f"Safe mode draws nothing of {', '.join(repr(word) for word in found)}.",
                hint="leave it out; safe mode is set by --safe, or the setting `safe`",
                words=list(found),
            )
    if request.where != LOCAL_ONLY or not _needs_english(request, settings, registry, find):
        return ReadWords(request)
    from audobon_cli.prompts.languages import translated

    english = translated(request.prompt)
    if english is None or not english.text:
        return ReadWords(request)
    return ReadWords(replace(request, prompt=english.text), (english.note,))


def _needs_english(
    request: GenerationRequest, settings: Settings, registry: ModelRegistry, find: ModelFinder
) -> bool:
    # Most prompts have nothing that could be another language's, and are spared the dictionary's 20 ms.
    try:
        family = find(request.model or settings.model, registry).family
    except ModelNotFound:
        return False  # told when the request is resolved
    from audobon_cli.prompts.families import NEEDS_ENGLISH

    return family in NEEDS_ENGLISH
