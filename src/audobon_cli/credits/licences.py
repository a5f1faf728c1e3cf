"""What the licences of models and assets ask for: known or not, and what they forbid, as far as their names say.

A name is no legal advice: it tells where to look. What no name says (a model card that forbids selling pictures under
an open licence) is not found.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from audobon_cli.credits.owed import UNKNOWN, ModelCredit, owed_by
from audobon_cli.domain.asset import Asset, AssetKind
from audobon_cli.domain.errors import LicencesRefused
from audobon_cli.domain.ids import AssetId
from audobon_cli.domain.units import plural
from audobon_cli.library.store.library import Library
from audobon_cli.models.catalog import list_models
from audobon_cli.models.registry import ModelRegistry


class LicenceTerm(StrEnum):
    """What to look at in a licence, the most pressing first."""

    UNKNOWN = "unknown"
    """Nobody said what is allowed."""
    NON_COMMERCIAL = "non-commercial"
    NO_DERIVATIVES = "no-derivatives"
    SHARE_ALIKE = "share-alike"
    """What is made of it must have the same licence (CC-BY-SA, GPL, ODbL)."""
    CONDITIONS = "conditions"
    """Terms of its own: a provider's, a community licence, rules of use (RAIL)."""


_UNTOLD = re.compile(r"|unknown|other|none|as its model card says")
_SIGNS = (
    (
        LicenceTerm.NON_COMMERCIAL,
        re.compile(r"\bnc\b|non-?\s?commercial|not for commercial|research[- ]only"),
    ),
    (LicenceTerm.NO_DERIVATIVES, re.compile(r"\bnd\b|no-?\s?deriv")),
    (LicenceTerm.SHARE_ALIKE, re.compile(r"\bsa\b|share-?\s?alike|gpl|\bodbl\b")),
    (LicenceTerm.CONDITIONS, re.compile(r"rail\b|rail\+|community|terms of|nvidia|all rights reserved")),
)


class LicenceSubject(StrEnum):
    """What a licence is of."""

    MODEL = "model"
    TEACHING = "taught"
    """What a model was taught with, as its card names it."""
    TRAINED = "trained"
    """What a LoRA or word of the library was trained on."""
    FILE = "file"
    """An imported file."""
    DRAWINGS = "drawings"
    """A hand whose drawings pictures are composed of."""


@dataclass(frozen=True, slots=True)
class LicenceEntry:
    """One licence: of what, whose that is ("" if nobody says), and what it asks for. ``assets`` owe to it; none for
    what is only installed."""

    subject: LicenceSubject
    name: str
    whose: str
    licence: str
    terms: tuple[LicenceTerm, ...]
    assets: tuple[AssetId, ...] = ()

    def summary(self) -> dict[str, object]:
        """For scripts."""
        return {
            "subject": self.subject.value,
            "name": self.name,
            "whose": self.whose,
            "licence": self.licence,
            "terms": [term.value for term in self.terms],
            "assets": list(self.assets),
        }


@dataclass(frozen=True, slots=True)
class LicenceReport:
    """All licences, those that ask for most first; ``unread`` are assets whose recipes this version cannot read."""

    entries: tuple[LicenceEntry, ...]
    unread: tuple[AssetId, ...] = ()

    def with_terms(self, terms: Collection[LicenceTerm]) -> tuple[LicenceEntry, ...]:
        """The entries that ask for one of ``terms``."""
        return tuple(one for one in self.entries if set(one.terms) & set(terms))

    def error(self, refused: Collection[LicenceTerm]) -> LicencesRefused | None:
        """What a command must end with that does not allow the terms ``refused``, or None."""
        found = self.with_terms(refused)
        unread = self.unread if LicenceTerm.UNKNOWN in refused else ()
        if not found and not unread:
            return None
        words = ", ".join(f"{one.name} ({', '.join(one.terms)})" for one in found[:5])
        more = f" and {len(found) - 5} more" if len(found) > 5 else ""
        return LicencesRefused(
            f"{plural(len(found) + len(unread), 'licence')} will not do: {words or 'unread recipes'}{more}.",
            hint="`audobon assets licences` lists all; leave out the assets, or find out what is allowed",
            names=[one.name for one in found],
            assets=sorted({asset for one in found for asset in one.assets} | set(unread)),
        )


def terms_of(licence: str) -> tuple[LicenceTerm, ...]:
    """What the name of a licence says that it asks for; nothing for one that is known and asks for no more than to be
    named."""
    text = licence.strip().lower()
    if _UNTOLD.fullmatch(text):
        return (LicenceTerm.UNKNOWN,)
    spaced = text.replace("-", " - ")
    return tuple(term for term, sign in _SIGNS if sign.search(text) or sign.search(spaced))


def audit_licences(library: Library, assets: Sequence[Asset], registry: ModelRegistry) -> LicenceReport:
    """The licences of ``assets`` and what they derive from, and of all models that are installed.

    A few queries an asset. Raises what reading the library and the models raises.
    """
    found = owed_by(library, assets, registry)
    entries = [
        *_of_models(found.models, registry),
        *(
            _entry(LicenceSubject.DRAWINGS, one.hand, one.attribution, one.licence, one.assets)
            for one in found.hands.owed
        ),
        *(
            _entry(LicenceSubject.FILE, one.name, one.author or one.copyright, one.licence, (one.asset,))
            for one in found.imported
        ),
        *_of_trained(assets),
    ]
    order = [*LicenceTerm]

    def pressing(one: LicenceEntry) -> tuple[object, ...]:
        return (order.index(one.terms[0]) if one.terms else len(order), one.subject, one.name, one.assets)

    return LicenceReport(tuple(sorted(entries, key=pressing)), found.hands.unread)


def _of_models(drew: Iterable[ModelCredit], registry: ModelRegistry) -> Iterator[LicenceEntry]:
    """Models that drew, with what taught them, and those that are installed and did not."""
    used = set()
    for one in drew:
        used.add(one.model)
        licence = f"terms of {one.provider}" if one.provider else one.licence
        yield _entry(LicenceSubject.MODEL, one.model, one.provider, licence, one.assets)
        for source in one.sources:
            name = f"{one.model}: {source.name}"
            yield _entry(LicenceSubject.TEACHING, name, "", source.licence or UNKNOWN, one.assets)
    for model in list_models(registry):
        if model.size_bytes and model.name not in used:
            yield _entry(LicenceSubject.MODEL, model.name, "", model.licence or UNKNOWN)


def _of_trained(assets: Sequence[Asset]) -> Iterator[LicenceEntry]:
    for asset in assets:
        if asset.kind in (AssetKind.LORA, AssetKind.EMBEDDING):
            facts = asset.metadata.get("training")
            licences = facts.get("licences") if isinstance(facts, dict) else None
            for licence in licences if isinstance(licences, list) and licences else [UNKNOWN]:
                yield _entry(LicenceSubject.TRAINED, asset.name, "", str(licence), (asset.id,))


def _entry(
    subject: LicenceSubject, name: str, whose: str, licence: str, assets: Sequence[AssetId] = ()
) -> LicenceEntry:
    text = licence or UNKNOWN
    return LicenceEntry(subject, name, whose, text, terms_of(text), tuple(assets))
