"""What is found of a training set, before a step is made."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from audobon_cli.domain.errors import TrainingSetRefused, TrainingSetUnfit
from audobon_cli.domain.events import Listener, ignore
from audobon_cli.domain.model import Model
from audobon_cli.domain.units import plural
from audobon_cli.engines.base import ShouldStop, never
from audobon_cli.models.registry import ModelRegistry
from audobon_cli.training.pictures import caption_checks, picture_checks
from audobon_cli.training.pictures.finding import Finding, Severity
from audobon_cli.training.pictures.gather import (
    GatheredSet,
    LibraryOpener,
    SetRequest,
    gather,
    names_assets,
)
from audobon_cli.training.pictures.licences import licence_by_credits, written_licence
from audobon_cli.training.pictures.words import LearningModel, learning_model

Check = Callable[[GatheredSet, LearningModel], Iterable[Finding]]

CHECKS: tuple[Check, ...] = (
    picture_checks.check_count,
    picture_checks.check_passed_over,
    picture_checks.check_blank,
    picture_checks.check_duplicates,
    picture_checks.check_near_duplicates,
    picture_checks.check_sizes,
    picture_checks.check_alpha,
    picture_checks.check_kinds,
    caption_checks.check_trigger,
    caption_checks.check_trigger_in_captions,
    caption_checks.check_captions_read,
    caption_checks.check_captions_differ,
    caption_checks.check_invariable_words,
    picture_checks.check_licences,
)


class Verdict(StrEnum):
    """What the findings come to."""

    REFUSED = "refused"
    """At least one error: `train lora` makes no step."""
    DOUBTFUL = "doubtful"
    """Warnings."""
    FIT = "fit"


def findings(gathered: GatheredSet, model: LearningModel) -> tuple[Finding, ...]:
    """Everything that stands against learning from the set with ``model``, or ought to be known: errors first, then
    warnings, then notes."""
    found = [one for check in CHECKS for one in check(gathered, model)]
    return tuple(sorted(found, key=lambda one: list(Severity).index(one.severity)))


def verdict_of(found: Sequence[Finding]) -> Verdict:
    """What ``found`` comes to."""
    severities = {one.severity for one in found}
    if Severity.ERROR in severities:
        return Verdict.REFUSED
    return Verdict.DOUBTFUL if Severity.WARNING in severities else Verdict.FIT


def refuse_unfit(found: Sequence[Finding]) -> None:
    """Raise TrainingSetRefused if ``found`` has an error: what `train lora` does before the first step."""
    errors = [one for one in found if one.severity is Severity.ERROR]
    if errors:
        raise TrainingSetRefused(
            _message(errors), hint=errors[0].hint, findings=[one.to_dict() for one in errors]
        )


def gate_error(found: Sequence[Finding], strict: bool) -> TrainingSetUnfit | None:
    """What `train data check` raises with --fail: errors, and with ``strict`` warnings too."""
    counted = (Severity.ERROR, Severity.WARNING) if strict else (Severity.ERROR,)
    against = [one for one in found if one.severity in counted]
    if not against:
        return None
    return TrainingSetUnfit(
        _message(against), hint=against[0].hint, findings=[one.to_dict() for one in against]
    )


def _message(against: Sequence[Finding]) -> str:
    more = f" {plural(len(against) - 1, 'more finding')} of that weight." if len(against) > 1 else ""
    return f"{against[0].message}{more}"


@dataclass(frozen=True, slots=True)
class CheckedSet:
    """A set and what was found of it."""

    gathered: GatheredSet
    model: LearningModel
    findings: tuple[Finding, ...]

    @property
    def verdict(self) -> Verdict:
        """What the findings come to."""
        return verdict_of(self.findings)


def check_set(
    request: SetRequest,
    model: Model,
    library: LibraryOpener,
    registry: ModelRegistry,
    listen: Listener = ignore,
    should_stop: ShouldStop = never,
) -> CheckedSet:
    """Gather what ``request`` means and check it for ``model``; nothing is stored, nothing refused: ``refuse_unfit``
    does. Raises as gather and learning_model do."""
    reads = learning_model(model)
    licence_of = licence_by_credits(library(), registry) if names_assets(request.texts) else written_licence
    gathered = gather(request, library, licence_of, listen, should_stop)
    return CheckedSet(gathered, reads, findings(gathered, reads))
