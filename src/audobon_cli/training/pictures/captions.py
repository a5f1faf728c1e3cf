"""Captions: a template filled with what is known of a picture."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Formatter

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.foreign.documents import read_bounded
from audobon_cli.domain.foreign.text import decode_file

FIELDS: Mapping[str, str] = {
    "words": "the file beside the picture, else what a model sees in it, the prompt, or the words of its name",
    "text": "the .txt file beside the picture",
    "seen": "what the model of --caption-with sees",
    "prompt": "what it was asked for with",
    "name": "the words of its name",
    "tags": "its tags, with commas",
    "category": "the last part of its category",
    "style": "the style that it was drawn in",
    "trigger": "the trigger word",
}
"""Fields of a template, and what each stands for."""

WORDS_ALONE = "{words}"
"""The template if none is given: then the trigger word is put before captions that lack it."""

MOST_TEXT_BYTES = 64 * 1024

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_SEPARATORS = re.compile(r"[\s_\-.+]+")
_NUMBERS = re.compile(r"(?:^|\s)#?(?:\d+|\w*\d{4}\w*)(?=\s|$)")
_CUTS = re.compile(r"\s*,[\s,]*")


@dataclass(frozen=True, slots=True)
class CaptionFacts:
    """What is known of a picture that may stand in its caption."""

    name: str
    text: str = ""
    seen: str = ""
    prompt: str = ""
    tags: tuple[str, ...] = ()
    category: str = ""
    style: str = ""


def check_caption_template(template: str) -> None:
    """Raise InvalidInput unless ``template`` is text with fields of FIELDS."""
    known = ", ".join(f"{{{name}}}" for name in FIELDS)
    try:
        parts = list(Formatter().parse(template))
    except ValueError as error:
        raise InvalidInput(f"The caption {template!r} is malformed: {error}.", hint=f"use {known}") from error
    for _, name, form, conversion in parts:
        if name is not None and (name not in FIELDS or form or conversion):
            raise InvalidInput(
                f"The caption {template!r} has the unknown field {{{name}}}.", hint=f"use {known}"
            )


def caption_of(facts: CaptionFacts, template: str, trigger: str) -> str:
    """The caption of a picture: a checked ``template`` filled; commas around what is empty go.

    Without a template of the user's (WORDS_ALONE) ``trigger`` is put in front where the caption lacks it.
    """
    name = words_of_name(facts.name)
    values = {
        "words": facts.text or facts.seen or facts.prompt or name,
        "text": facts.text,
        "seen": facts.seen,
        "prompt": facts.prompt,
        "name": name,
        "tags": ", ".join(facts.tags),
        "category": facts.category.rpartition("/")[2],
        "style": facts.style,
        "trigger": trigger,
    }
    filled = "".join(
        text + (values[name] if name else "") for text, name, _, _ in Formatter().parse(template)
    )
    caption = _tidy(filled)
    if trigger and template == WORDS_ALONE and not has_word(caption, trigger):
        return f"{trigger}, {caption}" if caption else trigger
    return caption


def words_of_name(name: str) -> str:
    """The words of a name: ``red_Knight-02`` is "red knight". Numbers and times say nothing of a picture."""
    spaced = _SEPARATORS.sub(" ", _CAMEL.sub(" ", name))
    return " ".join(_NUMBERS.sub(" ", spaced).split()).lower()


def has_word(caption: str, word: str) -> bool:
    """Whether ``word`` (which may be several) stands in ``caption`` by itself, in capitals or not."""
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", caption, re.IGNORECASE) is not None


def text_beside(path: Path) -> str:
    """What the .txt file beside the picture ``path`` says; "" without one. Raises InvalidInput for what is no text."""
    beside = path.with_suffix(".txt")
    if not beside.is_file():
        return ""
    try:
        return _tidy(decode_file(read_bounded(beside, MOST_TEXT_BYTES)))
    except OSError as error:
        why = str(error.strerror)
    except UnicodeDecodeError:
        why = "it is no text in UTF-8"
    except ValueError as error:
        why = str(error)
    raise InvalidInput(
        f"The caption {beside} cannot be read: {why}.",
        hint="mend or remove the file; without one the caption comes of the picture's name",
        path=str(beside),
    )


def _tidy(text: str) -> str:
    """``text`` on one line, without what steers a terminal and without empty places between commas."""
    line = " ".join("".join(one if one.isprintable() else " " for one in text).split())
    return _CUTS.sub(", ", line).strip(" ,")


def invariable_words(captions: Sequence[str], trigger: str) -> tuple[str, ...]:
    """The words that stand in every one of ``captions``, those of ``trigger`` left out, in the order of the first."""
    found = [re.findall(r"[^\W\d_]+", caption.lower()) for caption in captions]
    if len(found) < 2:
        return ()
    own = set(re.findall(r"[^\W\d_]+", trigger.lower()))
    common = set.intersection(*map(set, found)) - own - LITTLE_WORDS
    return tuple(word for word in dict.fromkeys(found[0]) if word in common)


LITTLE_WORDS = frozenset(
    (
        *("a", "an", "and", "as", "at", "by", "for", "from", "in", "into", "is", "it", "its", "of", "on"),
        *("or", "over", "the", "this", "to", "under", "with"),
    )
)
"""Words that say nothing of a picture."""
