"""What a prompt that was begun could be: from what the model knows, the library, and templates."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from audobon_cli.exemplars.vocabulary import ATTRIBUTES, COLOURS, MATERIALS
from audobon_cli.library.semantic_search import WordTable

MOST = 20


class SuggestionSource(StrEnum):
    """Where a suggestion is from."""

    THING = "drawing"
    """A thing that the built-in model has drawings of."""
    LOOK = "look"
    """A word that changes how a thing looks."""
    LIBRARY = "library"
    TEMPLATE = "template"
    WORD = "word"
    """A word that the built-in model's encoder was taught."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A whole prompt."""

    text: str
    source: SuggestionSource


@dataclass(frozen=True, slots=True)
class KnownPrompts:
    """What there is to suggest: names of ``things`` (none for a model without drawings), ``words`` of the encoder,
    ``prompts`` of the library, the newest first, and ``templates``."""

    things: Sequence[str] = ()
    words: Sequence[str] = ()
    prompts: Sequence[str] = ()
    templates: Sequence[str] = ()


def suggestions(begun: str, known: KnownPrompts, most: int = MOST) -> tuple[Suggestion, ...]:
    """How ``begun`` could go on: its last word completed (all of what is known where it is empty). Drawings come first,
    the shortest of them, then looks, the library, templates, other words."""
    before, _, last = begun.lower().rpartition(" ")
    lead = f"{before} " if before else ""
    found: dict[str, Suggestion] = {}
    looks = sorted({*ATTRIBUTES, *COLOURS, *MATERIALS}) if known.things else []
    sources: Iterable[tuple[SuggestionSource, Iterator[str]]] = (
        (SuggestionSource.THING, _things(last, lead, known.things)),
        (SuggestionSource.LOOK, (lead + word for word in looks if last and word.startswith(last))),
        (SuggestionSource.LIBRARY, _whole(begun, known.prompts)),
        (SuggestionSource.TEMPLATE, _whole(begun, known.templates)),
        (
            SuggestionSource.WORD,
            (lead + word for word in known.words if len(last) > 1 and word.startswith(last)),
        ),
    )
    for source, texts in sources:
        for text in texts:
            found.setdefault(text.lower(), Suggestion(text, source))
            if len(found) == most:
                return tuple(found.values())
    return tuple(found.values())


def _things(last: str, lead: str, things: Sequence[str]) -> Iterator[str]:
    """Names that begin with the word, then those of which another word does."""
    first = sorted((name for name in things if name.startswith(last)), key=lambda name: (len(name), name))
    later = sorted(
        (name for name in things if last and any(word.startswith(last) for word in name.split()[1:])),
        key=lambda name: (len(name), name),
    )
    return (lead + name for name in (*first, *later))


def _whole(begun: str, texts: Sequence[str]) -> Iterator[str]:
    """Those with a word that begins as ``begun`` does."""
    wanted = begun.lower().strip()
    return (text for text in texts if not wanted or f" {text.lower()}".find(f" {wanted}") >= 0)


def encoder_words() -> Sequence[str]:
    """What the built-in model's encoder was taught, frequent words first."""
    return WordTable().vocabulary
