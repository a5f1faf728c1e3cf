"""Making assets again from their recipes, and telling whether they came out as they were; files nothing."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audobon_cli.derivations.replay import remake
from audobon_cli.domain.asset import Asset
from audobon_cli.domain.derivation import TRAININGS
from audobon_cli.domain.errors import AudobonError, Interrupted, ReproductionDrifted
from audobon_cli.domain.events import ImageStarted, Listener, Progress
from audobon_cli.domain.ids import AssetId
from audobon_cli.domain.media import ImageInfo
from audobon_cli.domain.recipe import Recipe
from audobon_cli.engines.base import Engine, ShouldStop
from audobon_cli.generation.cache import make_recipe
from audobon_cli.media.image.png_chunks import without_long_texts
from audobon_cli.media.registry import medium_named, medium_of
from audobon_cli.plugins.discovery import missing_packages
from audobon_cli.reproduction.compare import SAME, PixelDifference, compare
from audobon_cli.reproduction.recipe_diff import RecipeChange, recipe_changes
from audobon_cli.reproduction.to_request import RequestContext, recipe_to_request
from audobon_cli.storage.durable_files import output_errors, write_output
from audobon_cli.storage.file_names import safe_file_name

if TYPE_CHECKING:
    from PIL.Image import Image


class ReproductionVerdict(StrEnum):
    """How a picture came out."""

    IDENTICAL = "identical"
    """Every pixel as it was."""
    WITHIN = "within tolerance"
    """Other in the last bits only; see comparison.TOLERANCE_LEVELS."""
    DRIFTED = "drifted"
    """Another picture."""
    FAILED = "failed"
    """It could not be made: something of it is not here."""
    NO_RECIPE = "no recipe"
    """It was imported, or drawn by hand since: nothing says how to make it."""


@dataclass(frozen=True, slots=True)
class Reproduced:
    """What became of one asset. ``changes`` is what differs between its recipe and that of today's picture;
    ``reason`` is for people, ``hint`` what helps. ``image`` is the picture made now."""

    asset: Asset
    verdict: ReproductionVerdict
    difference: PixelDifference | None = None
    changes: tuple[RecipeChange, ...] = ()
    reason: str = ""
    image: "Image | None" = None
    hint: str = ""


@dataclass(frozen=True, slots=True)
class ReproductionReport:
    """All assets in the order asked for; ``stopped_by`` is what ended the run early."""

    assets: tuple[Reproduced, ...]
    stopped_by: AudobonError | None = None

    def error(self, exact: bool = False) -> AudobonError | None:
        """What the run must end with. ``exact``: differences within the tolerance count as drift."""
        if self.stopped_by is not None:
            return self.stopped_by
        bad = {
            ReproductionVerdict.DRIFTED,
            ReproductionVerdict.FAILED,
            *([ReproductionVerdict.WITHIN] if exact else []),
        }
        failed = [each for each in self.assets if each.verdict in bad]
        if not failed:
            return None
        first = failed[0]
        why = f": {first.reason}" if first.reason else ""
        return ReproductionDrifted(
            f"{len(failed)} of {len(self.assets)} assets did not come out as they were; the first, "
            f"{first.asset.name}, {first.verdict.value}{why}",
            hint=first.hint or "`audobon recipe show` says what each was made with",
            failed=[each.asset.id for each in failed],
        )


def reproduce(
    assets: Sequence[Asset], here: RequestContext, engine: Engine, listen: Listener, should_stop: ShouldStop
) -> ReproductionReport:
    """Make each of ``assets`` again and compare. Those of one model follow each other, whatever the order.

    Sends the events of drawing; loads models as generate does.
    """
    ordered = sorted(assets, key=lambda asset: (asset.recipe.model if asset.recipe else "", asset.created))
    found: dict[AssetId, Reproduced] = {}
    stopped_by = None
    try:
        for number, asset in enumerate(ordered):
            if should_stop():
                raise Interrupted("Stopped.", hint="run the same command again")
            steps = asset.recipe.steps if asset.recipe else 0
            listen(ImageStarted(number, len(ordered), asset.seed or 0, steps, asset.prompt))
            found[asset.id] = _reproduce(asset, here, engine, listen, should_stop, number)
            listen(Progress("reproduce", number + 1, len(ordered), "pictures"))
    except Interrupted as error:
        stopped_by = error
    return ReproductionReport(tuple(found[a.id] for a in assets if a.id in found), stopped_by)


def _reproduce(
    asset: Asset,
    here: RequestContext,
    engine: Engine,
    listen: Listener,
    should_stop: ShouldStop,
    index: int,
) -> Reproduced:
    try:
        if asset.derivation is not None and asset.derivation.operation in TRAININGS:
            return _retrained(asset, here, listen, should_stop)
        if asset.derivation is not None:
            return _remade(asset, here)
        if asset.recipe is None:
            return Reproduced(asset, ReproductionVerdict.NO_RECIPE, reason="nothing says how it was made")
        made, now = draw_again(asset.recipe, here, engine, listen, should_stop, index)
        stored = here.library.blobs.read(asset.blob)
    except Interrupted:
        raise
    except AudobonError as error:
        return Reproduced(
            asset,
            ReproductionVerdict.FAILED,
            reason=f"{error.message}{_missing(asset.recipe)}",
            hint=error.hint,
        )
    changes = recipe_changes(asset.recipe, now)
    if isinstance(asset.media, ImageInfo):
        return judged(asset, made, compare(decoded(stored), made), changes)
    # Of other media that is the same which decodes to the same: what a file says besides has changed over time.
    same = _same_samples(medium_of(asset.media).encode(made, asset.recipe), stored)
    verdict = ReproductionVerdict.IDENTICAL if same else ReproductionVerdict.DRIFTED
    return Reproduced(asset, verdict, SAME if same else None, changes, "" if same else _causes(changes))


def _missing(recipe: Recipe | None) -> str:
    """Which packages of ``recipe`` are not installed here: a plugin's, often."""
    missing = missing_packages(recipe.libraries if recipe else {})
    return f" It was made with {', '.join(missing)}, which is not installed." if missing else ""


def _same_samples(made: bytes, stored: bytes) -> bool:
    """Whether two sound files are the same bytes, or hold the same samples."""
    if made == stored:
        return True
    from audobon_cli.media.sound.wav import read_pcm16

    one, other = read_pcm16(made), read_pcm16(stored)
    if one is None or other is None or one.rate != other.rate:
        return False
    return one.samples.shape == other.samples.shape and bool((one.samples == other.samples).all())


def draw_again(
    recipe: Recipe,
    here: RequestContext,
    engine: Engine,
    listen: Listener,
    should_stop: ShouldStop,
    index: int = 0,
) -> tuple[Any, Recipe]:
    """The content that ``recipe`` gives now (of a picture, brought to its size), and the recipe of what was done.

    Raises as recipe_to_request and the engine do.
    """
    request = recipe_to_request(recipe, here)
    facts = engine.load(request, listen)
    rendered = engine.render(request, recipe.seed, index, listen, should_stop)
    content = medium_named(request.output.medium).finish(rendered.content, request.output)
    return content, make_recipe(request, recipe.seed, facts, recipe.seed)


def verdict_on(difference: PixelDifference) -> ReproductionVerdict:
    """What a difference makes of a picture."""
    if difference == SAME:
        return ReproductionVerdict.IDENTICAL
    return ReproductionVerdict.WITHIN if difference.within_tolerance else ReproductionVerdict.DRIFTED


def judged(
    asset: Asset, image: "Image", difference: PixelDifference, changes: tuple[RecipeChange, ...]
) -> Reproduced:
    """The verdict on ``image``, the picture of ``asset`` made again."""
    verdict = verdict_on(difference)
    reason = "" if verdict is ReproductionVerdict.IDENTICAL else _causes(changes)
    return Reproduced(asset, verdict, difference, changes, reason, image)


def _causes(changes: tuple[RecipeChange, ...]) -> str:
    return "; ".join(map(str, changes)) or (
        "the recipe is the same: another kind of processor, another number of threads, or a file that was changed"
    )


def decoded(data: bytes) -> "Image":
    """The picture in the bytes of a file of the library."""
    from PIL import Image

    image = Image.open(io.BytesIO(without_long_texts(data)))
    image.load()
    return image


def _retrained(asset: Asset, here: RequestContext, listen: Listener, should_stop: ShouldStop) -> Reproduced:
    """A LoRA: trained again."""
    from audobon_cli.reproduction.retrain import train_again

    same, changes = train_again(asset, here, listen, should_stop)
    if same:
        return Reproduced(asset, ReproductionVerdict.IDENTICAL, SAME, changes)
    return Reproduced(asset, ReproductionVerdict.DRIFTED, None, changes, _causes(changes))


def _remade(asset: Asset, here: RequestContext) -> Reproduced:
    """A derived asset: its operation run again on its parents as they are now."""
    done = remake(here.library, asset)
    if done.data is None:
        return Reproduced(asset, ReproductionVerdict.FAILED, reason=done.reason)
    changes = tuple(RecipeChange(*change) for change in done.changes)
    stored = here.library.blobs.read(asset.blob)
    if done.data == stored:
        return Reproduced(asset, ReproductionVerdict.IDENTICAL, SAME, changes)
    if not isinstance(asset.media, ImageInfo):
        return Reproduced(asset, ReproductionVerdict.DRIFTED, None, changes, _causes(changes))
    image = decoded(done.data)
    return judged(asset, image, compare(decoded(stored), image), changes)


def write_pictures(report: ReproductionReport, folder: Path) -> None:
    """Write what was made now to NAME-ID.png in ``folder``; files there are replaced. Raises OutputUnwritable."""
    for each in report.assets:
        if each.image is not None:
            stream = io.BytesIO()
            each.image.save(stream, format="PNG")
            path = folder / safe_file_name(f"{each.asset.name}-{each.asset.id}", ".png")
            with output_errors(path):
                folder.mkdir(parents=True, exist_ok=True)
            write_output(path, stream.getvalue(), overwrite=True)
