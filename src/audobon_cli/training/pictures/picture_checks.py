"""Checks of the pictures themselves."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from audobon_cli.domain.asset import AssetKind
from audobon_cli.domain.ids import BlobId
from audobon_cli.domain.units import plural
from audobon_cli.library.similar import look_alike
from audobon_cli.training.pictures.finding import Finding, Severity, agree, named
from audobon_cli.training.pictures.gather import GatheredSet
from audobon_cli.training.pictures.training_set import LEAST_HELD_OUT, TrainingPicture
from audobon_cli.training.pictures.words import LearningModel

LEAST = 2 * LEAST_HELD_OUT
"""With fewer nothing can be set aside, and nobody could tell learning from memorising."""
ENOUGH = 10
"""Fewer are memorised before they are understood."""
MOST_COMPARED = 3000
"""Pictures compared with each other by look: some two seconds."""
ENLARGED, REDUCED = 2, 8
"""Pictures that many times smaller, or larger, than what the model draws have lost, or lose, what makes their look."""
OBLONG = 1.5
RESTRICTED = {
    "nd": "forbids works derived from it",
    "noderivatives": "forbids works derived from it",
    "nc": "forbids commercial use",
    "noncommercial": "forbids commercial use",
}
"""Parts of licences' names that matter to a model, and what each says."""


def check_count(gathered: GatheredSet, model: LearningModel) -> Iterator[Finding]:
    """Whether there are enough, copies counted once."""
    count = len({one.digest for one in gathered.training_set.pictures})
    if count < LEAST:
        yield Finding(
            "set.too_few",
            Severity.ERROR,
            f"There {'is' if count == 1 else 'are'} {plural(count, 'different picture')}, and {LEAST} are the least: "
            f"{LEAST_HELD_OUT} are set aside to measure with.",
            "name more pictures, or draw some: `audobon generate`",
        )
    elif count < ENOUGH:
        yield Finding(
            "set.few",
            Severity.WARNING,
            f"There are {count} pictures: so few are memorised easily.",
            f"{ENOUGH} to 50 that vary in all but the look do better; else train fewer steps with a smaller rank",
        )


def check_passed_over(gathered: GatheredSet, model: LearningModel) -> Iterator[Finding]:
    """What was named and is not in the set."""
    damaged = [one for one in gathered.passed_over if one.damaged]
    if damaged:
        yield Finding(
            "picture.unreadable",
            Severity.ERROR,
            f"{plural(len(damaged), 'picture')} cannot be read, first {damaged[0].name}: {damaged[0].why.rstrip('.')}.",
            "mend or remove the files; `audobon assets verify` looks at all of a library",
            tuple(one.name for one in damaged),
        )
    others = [one for one in gathered.passed_over if not one.damaged]
    if others:
        yield Finding(
            "picture.other_kind",
            Severity.WARNING,
            f"{plural(len(others), 'thing')} named {agree(others, 'is', 'are')} no picture, first "
            f"{others[0].name}: {others[0].why}.",
            "they are passed over; add kind:sprite to what you look for",
            tuple(one.name for one in others),
        )


def check_blank(gathered: GatheredSet, model: LearningModel) -> Iterator[Finding]:
    """Pictures in which nothing is visible."""
    blank = [one.name for one in gathered.training_set.pictures if gathered.looks[one.digest].blank]
    if blank:
        yield Finding(
            "picture.blank",
            Severity.ERROR,
            f"Nothing is visible in {named(blank)}.",
            "leave them out: the model would learn to draw nothing",
            tuple(blank),
        )


def check_duplicates(gathered: GatheredSet, model: LearningModel) -> Iterator[Finding]:
    """Pictures of the same bytes."""
    groups: dict[BlobId, list[str]] = defaultdict(list)
    for one in gathered.training_set.pictures:
        groups[one.digest].append(one.name)
    copies = [names for names in groups.values() if len(names) > 1]
    if copies:
        yield Finding(
            "picture.duplicate",
            Severity.WARNING,
            f"{plural(len(copies), 'picture')} {agree(copies, 'is', 'are')} there more than once, first "
            f"{' = '.join(copies[0][:2])}.",
            "leave the copies out, or they count twice; `audobon assets duplicates` finds them all",
            tuple(name for names in copies for name in names),
        )


def check_near_duplicates(gathered: GatheredSet, model: LearningModel) -> Iterator[Finding]:
    """Pictures that look the same; worse where one is learnt and the other measured with."""
    pairs = _alike(gathered)
    aside = {gathered.training_set.pictures[index].digest for index in gathered.training_set.held_out}
    across = [pair for pair in pairs if (pair[0].digest in aside) != (pair[1].digest in aside)]
    if across:
        yield Finding(
            "picture.held_out_known",
            Severity.WARNING,
            f"{plural(len(across), 'picture')} set aside to measure with {agree(across, 'looks', 'look')} like one "
            f"that is learnt, first {across[0][0].name} and {across[0][1].name}: the held-out loss will flatter.",
            "keep one of each pair",
            _names(across),
        )
    within = [pair for pair in pairs if pair not in across]
    if within:
        yield Finding(
            "picture.near_duplicate",
            Severity.WARNING,
            f"{plural(len(within), 'pair')} of pictures {agree(within, 'looks', 'look')} the same, first "
            f"{within[0][0].name} and {within[0][1].name}.",
            "keep one of each pair, or it counts twice; `audobon assets duplicates --near` finds them all",
            _names(within),
        )


def _alike(gathered: GatheredSet) -> list[tuple[TrainingPicture, TrainingPicture]]:
    """Pairs of different bytes that look the same."""
    each = list({one.digest: one for one in gathered.training_set.pictures}.values())[:MOST_COMPARED]
    looks = [gathered.looks[one.digest].appearance for one in each]
    return [
        (each[one], each[other])
        for one in range(len(each))
        for other in range(one + 1, len(each))
        if look_alike(looks[one], looks[other])
    ]


def _names(pairs: Sequence[tuple[TrainingPicture, TrainingPicture]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.name for pair in pairs for one in pair))


def check_sizes(gathered: GatheredSet, model: LearningModel) -> Iterator[Finding]:
    """Sides against what the model draws, and against each other."""
    pictures = gathered.training_set.pictures
    small = [one.name for one in pictures if max(one.width, one.height) * ENLARGED <= model.side]
    if small:
        yield Finding(
            "picture.small",
            Severity.WARNING,
            f"{named(small)} {agree(small, 'has', 'have')} less than half the side that {model.name} draws "
            f"({model.side}): blur would be learnt.",
            "give larger ones; pixel art can be repeated whole times: `audobon sprite upscale`",
            tuple(small),
        )
    large = [one.name for one in pictures if max(one.width, one.height) >= REDUCED * model.side]
    if large:
        yield Finding(
            "picture.large",
            Severity.WARNING,
            f"{named(large)} {agree(large, 'has', 'have')} {REDUCED} times the side that {model.name} draws "
            f"({model.side}), or more: fine lines are lost.",
            "cut out what matters, or choose a model that draws larger",
            tuple(large),
        )
    oblong = [one.name for one in pictures if _oblong(one)]
    if oblong:
        yield Finding(
            "picture.oblong",
            Severity.NOTE,
            f"{named(oblong)} {agree(oblong, 'is', 'are')} far from square.",
            "crop them, or the margins are learnt, too",
            tuple(oblong),
        )
    sides = sorted({max(one.width, one.height) for one in pictures})
    if sides[-1] >= ENLARGED * sides[0] and not small and not large:
        yield Finding(
            "picture.mixed_sizes",
            Severity.NOTE,
            f"Sides go from {sides[0]} to {sides[-1]} pixels: lines come out of several widths.",
            "pictures of one scale teach a clearer look",
        )


def _oblong(picture: TrainingPicture) -> bool:
    return max(picture.width, picture.height) > OBLONG * min(picture.width, picture.height)


def check_alpha(gathered: GatheredSet, model: LearningModel) -> Iterator[Finding]:
    """Transparency against what the model knows of it."""
    pictures = gathered.training_set.pictures
    clear = [one.name for one in pictures if one.has_alpha]
    opaque = [one.name for one in pictures if not one.has_alpha]
    if model.keeps_alpha and opaque:
        rest = "" if clear else ": all of them"
        yield Finding(
            "alpha.opaque",
            Severity.WARNING,
            f"{named(opaque)} {agree(opaque, 'has', 'have')} no transparency{rest}, and {model.name} draws "
            "sprites: the ground would be learnt as a part of the thing.",
            "cut them out: `audobon sprite cut`",
            tuple(opaque),
        )
    elif not model.keeps_alpha and clear and opaque:
        yield Finding(
            "alpha.mixed",
            Severity.NOTE,
            f"{plural(len(clear), 'picture')} of {len(pictures)} {agree(clear, 'is', 'are')} transparent: "
            "those are put on a ground, and only what is visible counts.",
            "choose the ground with --ground, or let it vary",
            tuple(clear),
        )


def check_kinds(gathered: GatheredSet, model: LearningModel) -> Iterator[Finding]:
    """Animations and sheets."""
    looks = gathered.looks
    moving = [one.name for one in gathered.training_set.pictures if looks[one.digest].frames > 1]
    if moving:
        yield Finding(
            "picture.animated",
            Severity.NOTE,
            f"Of {named(moving)} the first frame is learnt.",
            "take animations apart to learn all frames: `audobon sprite slice`",
            tuple(moving),
        )
    sheets = [one.name for one in gathered.training_set.pictures if looks[one.digest].kind is AssetKind.SHEET]
    if sheets:
        yield Finding(
            "picture.sheet",
            Severity.WARNING,
            f"{named(sheets)} {agree(sheets, 'is a sheet', 'are sheets')}: the model would learn to draw many "
            "small things at once.",
            "take them apart first: `audobon sprite slice`",
            tuple(sheets),
        )


def check_licences(gathered: GatheredSet, model: LearningModel) -> Iterator[Finding]:
    """What the pictures' licences say of a model that is made of them."""
    by_licence: dict[str, list[str]] = defaultdict(list)
    for one in gathered.training_set.pictures:
        by_licence[one.licence].append(one.name)
    for licence, names in sorted(by_licence.items()):
        says = {RESTRICTED[part] for part in _parts(licence) if part in RESTRICTED}
        if says:
            yield Finding(
                "licence.restricted",
                Severity.WARNING,
                f"{named(names)}: the licence {licence} {' and '.join(sorted(says))}.",
                "ask whoever drew them, or leave them out; the licence goes into the LoRA's record",
                tuple(names),
            )
    unknown = by_licence.get("", [])
    if unknown:
        yield Finding(
            "licence.unknown",
            Severity.NOTE,
            f"Nothing is known of the licence of {named(unknown)}.",
            "learn from what is yours, or what you may use",
            tuple(unknown),
        )


def _parts(licence: str) -> list[str]:
    return "".join(one if one.isalnum() else " " for one in licence.lower()).split()
