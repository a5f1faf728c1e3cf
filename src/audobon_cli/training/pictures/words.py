"""What a model's tokenizers make of captions and of the trigger word."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from audobon_cli.domain.model import AlphaMode, Model
from audobon_cli.library.semantic_search import WordTable

if TYPE_CHECKING:
    from tokenizers import Tokenizer

MOST_PIECES = 3
"""A trigger of more pieces takes places from the words of a caption, and is shared with more of the words that are
made of the same pieces."""

INVENTED = (
    *(
        "zorv",
        "vekto",
        "quolm",
        "brisp",
        "tavok",
        "drelu",
        "hyrax",
        "mirzo",
        "plonk",
        "skarn",
        "vunto",
        "grevo",
    ),
    *(
        "lumzo",
        "tarnix",
        "osvek",
        "feldra",
        "krint",
        "pavoz",
        "rundel",
        "zimbo",
        "orqua",
        "wexel",
        "jorvi",
        "nalko",
    ),
)
"""Words that mean nothing, to suggest as triggers."""

WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class CaptionReader:
    """A tokenizer: ``length`` is how many tokens the encoder takes, 0 for no limit."""

    tokenizer: "Tokenizer"
    length: int

    def pieces(self, text: str) -> tuple[str, ...]:
        """The tokens of ``text``, without marks at both ends."""
        return tuple(self.tokenizer.encode(text, add_special_tokens=False).tokens)

    def is_readable(self, text: str) -> bool:
        """Whether nothing of ``text`` is lost: it has tokens, and none is the one for what is not known."""
        found = self.tokenizer.encode(text, add_special_tokens=False)
        return bool(found.ids) and self._unknown not in found.ids

    def unread(self, caption: str) -> str:
        """The end of ``caption`` that its encoder does not take; "" if it takes all."""
        if not self.length:
            return ""
        kept = self.length - self.tokenizer.num_special_tokens_to_add(False)
        offsets = self.tokenizer.encode(caption, add_special_tokens=False).offsets
        return caption[offsets[kept][0] :].strip() if len(offsets) > kept else ""

    @property
    def _unknown(self) -> int | None:
        named = getattr(self.tokenizer.model, "unk_token", None)
        return None if named is None else self.tokenizer.token_to_id(named)


@dataclass(frozen=True, slots=True)
class LearningModel:
    """What of a model decides whether pictures and captions suit it: the side it draws at in pixels, whether it knows
    transparency, and what reads its captions (one for each tokenizer)."""

    name: str
    side: int
    keeps_alpha: bool
    readers: tuple[CaptionReader, ...]


def learning_model(model: Model) -> LearningModel:
    """That of ``model``. Raises ModelDamaged."""
    from audobon_cli.engines.diffusers.prompts.tokenizer_files import read_tokenizers

    native = model.size_rule.native
    readers = tuple(CaptionReader(one.tokenizer, one.length) for one in read_tokenizers(model))
    return LearningModel(
        model.name, max(native.width, native.height), model.alpha is not AlphaMode.NONE, readers
    )


def suggest_trigger(model: LearningModel, captions: Sequence[str], seed: str) -> str:
    """A trigger word that ``model`` reads in few pieces, that means nothing and that no caption has.

    Of those that are equally good the text ``seed`` chooses, so that two sets get two words.
    """
    table = WordTable()
    used = {word.lower() for caption in captions for word in WORD.findall(caption)}
    free = [word for word in INVENTED if word not in used and not table.knows(word)] or list(INVENTED)
    turn = int(seed[:8] or "0", 16) % len(free)
    return min(
        (*free[turn:], *free[:turn]),
        key=lambda word: max((len(one.pieces(word)) for one in model.readers), default=1),
    )


def is_common(word: str) -> bool:
    """Whether ``word`` is one of ordinary English, which a model has a picture of already."""
    return WordTable().knows(word.lower())
