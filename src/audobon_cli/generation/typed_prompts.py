"""What people type in prompts that other programs understand: honoured, or refused with what to write here instead.

Nothing of it is drawn as words. A recipe's prompt is not looked at again: it is drawn as it was.
"""

import re
from collections.abc import Iterator

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.adapters import LoraChoice, parse_lora
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.foreign.text import without_mark
from audobon_cli.domain.presets import Style
from audobon_cli.domain.prompt_weights import parse_weights

MAX_PROMPT = 16_384
"""Characters: some fifty times what a text encoder reads."""

_TAG = re.compile(r"<\s*(lora|lyco|hypernet)\s*:([^<>]*)>", re.IGNORECASE)
_QUOTED = re.compile(r'"[^"]*"')
_BRACKETS = re.compile(r"(?<!\\)\[([^\[\]]*)(?<!\\)\]")
_ENDS_IN_NUMBER = re.compile(r":\s*\d*\.?\d+\s*\Z")


@dataclass(frozen=True, slots=True)
class TypedPrompt:
    """The words of a prompt, and the LoRAs that were named among them."""

    text: str
    loras: tuple[LoraChoice, ...] = ()


@dataclass(frozen=True, slots=True)
class _Refused:
    pattern: re.Pattern[str]
    fact: str
    hint: str
    quotes_too: bool = True
    """Whether it counts between quotes, where prompts put what is to be read in the picture."""


_REFUSED = (
    _Refused(
        re.compile(r"(?<!\w)BREAK(?!\w)"),
        "BREAK begins a new part of the text for the encoder elsewhere",
        "leave it out, with a comma in its place",
        quotes_too=False,
    ),
    _Refused(
        re.compile(r"(?<!\w)AND(?!\w)"),
        "AND draws several prompts into one picture elsewhere",
        "write `and` for the word",
        quotes_too=False,
    ),
    _Refused(
        re.compile(r"(?<!\\)<(?:random|wildcard)(?:\[[^\]<>]*\])?:[^<>]*>", re.IGNORECASE),
        "that stands for several prompts elsewhere",
        "put {red|green} or __NAME__ into a file, for `audobon generate --batch FILE`",
    ),
    _Refused(
        re.compile(
            r"(?<!\\)<(?:alternate|alt|fromto|repeat|segment|object|region|clear|embed|embedding|preset|p|param|var|setvar"
            r"|macro|setmacro|trigger|break|base|refiner|video|extend|comment|img|image|cut|default|lora_stack|ti)"
            r"(?:\[[^\]<>]*\])?(?::[^<>]*)?>",
            re.IGNORECASE,
        ),
        "a tag in angle brackets is read by another program",
        "of such tags <lora:NAME:0.8> alone is read here; --embedding NAME adds a textual inversion",
    ),
    _Refused(
        re.compile(r"(?<!\w)[^\W\d_]{2,}(?:\+{2,}|-{2,})(?=[\s,]|\Z)"),
        "signs behind a word are weights elsewhere",
        "write (red:1.2) for more, (red:0.8) for less",
        quotes_too=False,
    ),
    _Refused(
        re.compile(r"(?<![\w\\])embedding:[\w.\-]+"),
        "embedding:NAME adds a textual inversion elsewhere",
        "write its word, and --embedding NAME",
    ),
    _Refused(
        re.compile(r"\)\.(?:blend|swap|and)\(|[\w\"']\.swap\("),
        "blend, swap and and mix prompts elsewhere",
        "write the words in one prompt, with weights such as (red:1.3)",
    ),
    _Refused(
        re.compile(r"\)(?:\++|-{2,}|\d\.\d+)(?=[\s,]|\Z)"),
        "a weight behind a bracket means nothing here",
        "write it inside, as in (red:1.3)",
    ),
    _Refused(
        re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?::[^:]+::|\w::-?\d"),
        "weights with two colons mean nothing here",
        "write (red:1.3)",
    ),
    _Refused(
        re.compile(r"(?:^|\s)--(?:ar|v|niji|stylize|chaos|no|iw|cref|sref|weird|s|q)\s+\S"),
        "that is an option of another program",
        "options stand outside of the prompt's quotes: --size 1024x576, --negative, --seed",
    ),
)
_TEMPLATES = re.compile(
    r"(?<!\\)\{\{|(?<!\\)\$\{|(?<!\\)\{[^{}]*(?:\||\$\$|::)[^{}]*\}|(?<!\\)\{\s*-?\d+\.\.-?\d+[^{}]*\}"
    r"|(?<!\\)\{[^{}]*(?<!\\)\}"
    r"|(?<![\\_])__(?=[^\W_]|[*~@])[^\s_](?:[^\n_]|_(?!_))*(?<!\s)__(?!_)|(?<![\\_])__[*~@][^\s_]*__"
)
_BRACED = re.compile(r"\{(?!\s*-?\d+\.\.)(?:(?!\||\$\$|::)[^{}])*\}")
"""Words in braces that are no choice and no range: NovelAI's weights, or a variable of a batch."""
_ESCAPED = re.compile(r"\\([{}|]|__)")


def read_typed(text: str, option: str = "The prompt") -> TypedPrompt:
    """``text`` as it was typed. Raises InvalidInput for what only other programs understand, and for one that is
    longer than MAX_PROMPT."""
    text = without_mark(text)
    if len(text) > MAX_PROMPT:
        raise _too_long(text, option)
    loras = tuple(_lora(found[1].lower(), found[2]) for found in _TAG.finditer(text))
    if loras:
        text = re.sub(r"\s{2,}", " ", _TAG.sub("", text)).strip(" ,")
    for refused in _refusals(text, option):
        raise refused
    return TypedPrompt(text, loras)


def _refusals(text: str, option: str) -> Iterator[InvalidInput]:
    """An error for everything in ``text`` that only other programs understand."""
    unquoted = _QUOTED.sub(lambda found: " " * len(found[0]), text)
    shouted = text.upper() == text  # where every word is in capitals, AND is one of them
    for one in _REFUSED:
        found = one.pattern.search(text if one.quotes_too else unquoted)
        if found is not None and (one.quotes_too or not shouted):
            yield _refused(option, found[0].strip(), one.fact, one.hint)
    for found in _BRACKETS.finditer(text):
        if "|" in found[1]:
            yield _refused(
                option,
                found[0],
                "words that take turns mean nothing here",
                "write the ones that are to count most",
            )
        elif _ENDS_IN_NUMBER.search(found[1]):
            yield _refused(
                option,
                found[0],
                "words that change while a picture is drawn mean nothing here",
                "a weight is written (red:0.8); a bracket that is text \\[",
            )


def without_loras(negative: str) -> str:
    """``negative`` as read_typed reads it; LoRAs among what is not wanted are refused."""
    typed = read_typed(negative, "--negative")
    if typed.loras:
        raise _refused(
            "--negative",
            f"<lora:{typed.loras[0].reference}>",
            "a LoRA is added to all of a picture",
            "name it in the prompt, or with --lora; a weight below 0 turns it round",
        )
    return typed.text


def check_style_words(style: Style) -> None:
    """Raise InvalidInput where the texts of a style of somebody's own have what only other programs understand."""
    if style.source == "built-in":
        return
    for part, text in (("template", style.template), ("negative", style.negative)):
        for refused in style_refusals(text, f"The {part} of the style {style.name}"):
            raise refused


def style_refusals(text: str, option: str) -> Iterator[InvalidInput]:
    """An error for everything for which a style of somebody's own with this template or negative is not drawn with."""
    words = without_mark(text.replace("{prompt}", ""))
    if len(words) > MAX_PROMPT:
        yield _too_long(words, option)
        return
    tags = list(_TAG.finditer(words))
    if tags:
        yield _refused(
            option, tags[0][0], "a style adds no LoRA", "take it out, and draw with --lora beside --style"
        )
    yield from _refusals(_TAG.sub("", words), option)
    for judge in (
        lambda: one_prompt(words, option),
        lambda: parse_weights(text.replace("{prompt}", "words"), f"the{option[3:]}"),
    ):
        try:
            judge()
        except InvalidInput as refused:
            yield refused


def one_prompt(text: str, option: str = "The prompt") -> str:
    """``text``, given alone and not in a batch, without the backslashes before what would be a choice there.

    Raises InvalidInput for choices and wildcards, which are read in batches alone.
    """
    found = _TEMPLATES.search(text[:MAX_PROMPT])
    if found is None:
        return _ESCAPED.sub(r"\1", text)
    shown = found[0] if len(found[0]) > 2 else text[found.start() : found.start() + 30]
    if found[0] == "{{" or _BRACED.fullmatch(found[0]):
        raise _refused(
            option, shown, "braces give no weight here", "write (red:1.1); a brace that is text \\{"
        )
    raise _refused(
        option,
        shown,
        "that stands for several prompts, which are read in a batch",
        "put it in a file, for `audobon generate --batch FILE`; what is text has a backslash before it: \\{, \\__",
    )


def _lora(kind: str, inside: str) -> LoraChoice:
    """The LoRA of a tag ``<lora:NAME:WEIGHT>``."""
    if kind == "hypernet":
        raise _refused(
            "The prompt", f"<hypernet:{inside}>", "hypernetworks are not read here", "use a LoRA: --lora"
        )
    name, *weights = (part.strip() for part in inside.split(":"))
    if not name or len(weights) > 1 or any("=" in weight for weight in weights):
        raise _refused(
            "The prompt",
            f"<{kind}:{inside}>",
            "a LoRA has one weight here",
            f"write <lora:{name or 'NAME'}:0.8>, or --lora {name or 'NAME'}:0.8",
        )
    return parse_lora(f"{name}:{weights[0]}" if weights else name)


def _too_long(text: str, option: str) -> InvalidInput:
    fact = f"{option} has {len(text):,} characters; the most is {MAX_PROMPT:,}."
    return InvalidInput(fact, hint="write fewer words")


def _refused(option: str, shown: str, fact: str, hint: str) -> InvalidInput:
    return InvalidInput(f"{option} has {shown!r}: {fact}.", hint=hint)
