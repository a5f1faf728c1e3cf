"""Checks of captions and of the trigger word."""

from collections.abc import Iterator

from audobon_cli.domain.units import plural
from audobon_cli.training.pictures.captions import has_word, invariable_words
from audobon_cli.training.pictures.finding import Finding, Severity, agree, named
from audobon_cli.training.pictures.gather import GatheredSet
from audobon_cli.training.pictures.words import MOST_PIECES, WORD, LearningModel, is_common, suggest_trigger


def check_trigger(gathered: GatheredSet, model: LearningModel) -> Iterator[Finding]:
    """Whether there is a trigger word, and whether the model reads it as a word of its own."""
    found = gathered.training_set
    suggested = suggest_trigger(model, [one.caption for one in found.pictures], found.digest)
    hint = f"a word that means nothing and reads well: --trigger {suggested}"
    if not found.trigger:
        yield Finding(
            "trigger.none",
            Severity.NOTE,
            "There is no trigger word: what is learnt shows in every picture drawn with the LoRA.",
            hint,
        )
        return
    unreadable = [reader for reader in model.readers if not reader.is_readable(found.trigger)]
    if unreadable:
        yield Finding(
            "trigger.unreadable",
            Severity.ERROR,
            f"{model.name} cannot read the trigger word {found.trigger!r}: its tokens have no such letters.",
            hint,
        )
        return
    pieces = max((reader.pieces(found.trigger) for reader in model.readers), key=len, default=())
    if len(pieces) > MOST_PIECES:
        yield Finding(
            "trigger.long",
            Severity.WARNING,
            f"{model.name} reads the trigger word {found.trigger!r} as {len(pieces)} pieces ({' '.join(pieces)}).",
            hint,
        )
    if is_common(found.trigger):
        yield Finding(
            "trigger.common",
            Severity.WARNING,
            f"{found.trigger!r} is a word that models know: what it means already shows through.",
            hint,
        )


def check_trigger_in_captions(gathered: GatheredSet, model: LearningModel) -> Iterator[Finding]:
    """Whether each caption has the trigger word."""
    found = gathered.training_set
    if not found.trigger:
        return
    without = [one.name for one in found.pictures if not has_word(one.caption, found.trigger)]
    if without:
        every = len(without) == len(found.pictures)
        some = f"{plural(len(without), 'caption')} of {len(found.pictures)} lack"
        yield Finding(
            "caption.without_trigger",
            Severity.ERROR if every else Severity.WARNING,
            f"{'No caption has' if every else some} the trigger word {found.trigger!r}"
            f"{'' if every else f': {named(without)}'}.",
            "put {trigger} into --caption, or leave --caption out: then it is put in front",
            tuple(without),
        )


def check_captions_read(gathered: GatheredSet, model: LearningModel) -> Iterator[Finding]:
    """Captions that are empty, too long for the model, or in letters that it lacks."""
    found = gathered.training_set
    empty = [one.name for one in found.pictures if not one.caption]
    if empty:
        yield Finding(
            "caption.empty",
            Severity.WARNING,
            f"{named(empty)} {agree(empty, 'has', 'have')} an empty caption.",
            "give them tags or names that say what they show, a .txt file beside each, or --caption-with MODEL",
            tuple(empty),
        )
    cut = {one.name: unread for one in found.pictures if (unread := _unread(one.caption, model))}
    if cut:
        name, unread = next(iter(cut.items()))
        yield Finding(
            "caption.too_long",
            Severity.WARNING,
            f"{plural(len(cut), 'caption')} {agree(cut, 'is', 'are')} longer than {model.name} reads; "
            f"of {name} it misses {unread!r}.",
            "shorten them: what is most particular first",
            tuple(cut),
        )
    strange = {
        word: one.name
        for one in found.pictures
        for word in WORD.findall(one.caption)
        if not all(reader.is_readable(word) for reader in model.readers)
    }
    if strange:
        yield Finding(
            "caption.unreadable",
            Severity.WARNING,
            f"{model.name} cannot read {named(strange)} in captions.",
            "write them in letters that it knows",
            tuple(dict.fromkeys(strange.values())),
        )


def _unread(caption: str, model: LearningModel) -> str:
    return min(
        (unread for reader in model.readers if (unread := reader.unread(caption))), key=len, default=""
    )


def check_captions_differ(gathered: GatheredSet, model: LearningModel) -> Iterator[Finding]:
    """Whether captions tell the pictures apart."""
    found = gathered.training_set
    different = {one.caption for one in found.pictures if one.caption}
    if len(different) == 1 and len(found.pictures) > 1:
        yield Finding(
            "caption.same",
            Severity.WARNING,
            f"All captions are {next(iter(different))!r}: what differs between the pictures is learnt as chance.",
            "say in each what it shows: by names, tags, .txt files or --caption-with MODEL",
        )


def check_invariable_words(gathered: GatheredSet, model: LearningModel) -> Iterator[Finding]:
    """Words that stand in every caption."""
    found = gathered.training_set
    captions = [one.caption for one in found.pictures]
    if len(set(captions)) < 2:
        return
    words = invariable_words(captions, found.trigger)
    if not words:
        return
    listed = ", ".join(words[:8])
    stands = "stands" if len(words) == 1 else "stand"
    if found.trigger:
        yield Finding(
            "caption.never_varies",
            Severity.NOTE,
            f"{listed} {stands} in every caption: what {agree(words, 'it means is', 'they mean is')} learnt "
            f"as theirs, not by {found.trigger!r}.",
            f"leave out what {found.trigger!r} alone is to bring; keep what is to be asked for each time",
        )
    else:
        yield Finding(
            "caption.never_varies",
            Severity.NOTE,
            f"{listed} {stands} in every caption, and nothing tells the look from the thing.",
            "choose a --trigger, and leave out what it is to bring",
        )
