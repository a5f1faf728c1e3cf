"""Recipes run as ordinary requests: their pictures are filed, and held to what the recipe says of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from audobon_cli.batch.report import BatchReport, LedgerEntry
from audobon_cli.batch.resolve import BatchJob
from audobon_cli.domain.errors import ReproductionDrifted
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.generation.report import GeneratedImage
from audobon_cli.library.store.library import Library
from audobon_cli.reproduction.compare import SAME, PixelDifference, compare, pixel_digest
from audobon_cli.reproduction.recipe_diff import RecipeChange, recipe_changes
from audobon_cli.reproduction.recipe_files import Found
from audobon_cli.reproduction.reproduce import ReproductionVerdict, decoded, verdict_on
from audobon_cli.reproduction.to_request import RequestContext, recipe_to_request


@dataclass(frozen=True, slots=True)
class Rerun:
    """What became of one recipe. ``difference`` is None where only the pixels' digest is known, and differs."""

    found: Found
    verdict: ReproductionVerdict
    made: GeneratedImage | None = None
    difference: PixelDifference | None = None
    changes: tuple[RecipeChange, ...] = ()
    reason: str = ""


def request_to_run(found: Found, here: RequestContext) -> ResolvedRequest:
    """The request that makes the recipe's picture with the very recipe, candidates included.

    Raises as recipe_to_request, and RecipeNotFound for a derived asset.
    """
    return recipe_to_request(found.drawn(), here, chosen=True)


def jobs_of(requests: Sequence[ResolvedRequest]) -> tuple[BatchJob, ...]:
    """``requests`` as the jobs of a batch, so that one that fails leaves the others."""
    return tuple(BatchJob(index, index + 1, request) for index, request in enumerate(requests))


def rerun(found: Sequence[Found], report: BatchReport, library: Library) -> tuple[Rerun, ...]:
    """The verdicts on the entries of ``report``, which belong to ``found`` one by one.

    A recipe that says nothing of its picture counts as identical where nothing differs that decides on it.
    """
    return tuple(_judged(*pair, library) for pair in zip(found, report.entries, strict=True))


def _judged(found: Found, entry: LedgerEntry, library: Library) -> Rerun:
    made = entry.picture
    if made is None or made.asset.recipe is None:
        return Rerun(found, ReproductionVerdict.FAILED, reason=entry.reason)
    changes = recipe_changes(found.drawn(), made.asset.recipe)
    if made.asset.recipe.output:  # no picture: that is the same which the same recipe makes
        verdict = ReproductionVerdict.DRIFTED if changes else ReproductionVerdict.IDENTICAL
        return Rerun(found, verdict, made, None if changes else SAME, changes)
    image = decoded(library.blobs.read(made.asset.blob))
    if found.image is not None:
        difference = compare(found.image, image)
        return Rerun(found, verdict_on(difference), made, difference, changes)
    if pixel_digest(image) == found.pixels if found.pixels else not changes:
        return Rerun(found, ReproductionVerdict.IDENTICAL, made, SAME, changes)
    return Rerun(found, ReproductionVerdict.DRIFTED, made, None, changes)


def drifted(done: Sequence[Rerun]) -> ReproductionDrifted | None:
    """What the run must end with if a picture did not come out as it was."""
    off = [one for one in done if one.verdict in (ReproductionVerdict.DRIFTED, ReproductionVerdict.FAILED)]
    if not off:
        return None
    first = off[0]
    why = (
        first.reason
        or "; ".join(map(str, first.changes))
        or "nothing that the recipe names, unless it was edited"
    )
    return ReproductionDrifted(
        f"{len(off)} of {len(done)} pictures did not come out as the recipe's; {first.found.source} "
        f"{first.verdict.value}: {why}",
        hint="a picture that drifted is filed all the same; the recipe names the model and the versions it needs",
        failed=[one.found.source for one in off],
    )
