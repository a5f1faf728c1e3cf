"""Kept pictures drawn again by another model or quality, and whether they came out worse; files nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from audobon_cli.derivations.sources import Source
from audobon_cli.domain.asset import Asset
from audobon_cli.domain.errors import AudobonError, Interrupted, InvalidInput, QualityWorse
from audobon_cli.domain.events import ImageStarted, Listener, Progress
from audobon_cli.domain.media import ImageInfo
from audobon_cli.domain.presets import Quality
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.engines.base import Engine, ShouldStop
from audobon_cli.media.image.pixels import DecodedImage, Pixels, as_image
from audobon_cli.media.registry import medium_named
from audobon_cli.reproduction.to_request import RequestContext, recipe_to_request
from audobon_cli.sprites.pictures import PictureReader
from audobon_cli.sprites.quality.score import scored
from audobon_cli.styles.distance import distance
from audobon_cli.styles.learn import learn
from audobon_cli.styles.pictures import looks_of

TOLERATED = {"quality": 0.05, "look": 0.25, "shown": 0.02}
"""By how much the mean of a measure may be worse before a set is: quality scores (0 to 1), distances from the card of
the kept pictures, and cosines of picture and prompt. Set by hand, where one sees a difference."""

Show = Callable[[Sequence[Any], str], tuple[float, ...]]
"""How well each of some pictures shows a text; see engines.scoring."""


@dataclass(frozen=True, slots=True)
class PictureMeasures:
    """What is measured of one picture: its quality score (1 is best), its distance from the card of the kept pictures
    (0 is best), and how like its prompt it is (a cosine; only to be compared for one prompt)."""

    quality: float
    look: float
    shown: float


@dataclass(frozen=True, slots=True)
class ComparedPicture:
    """A kept picture beside the one that its recipe gives now; ``after`` None: it was not drawn, for ``reason``."""

    asset: Asset
    kept: Pixels
    before: PictureMeasures
    drawn: Pixels | None = None
    after: PictureMeasures | None = None
    reason: str = ""

    @property
    def worse(self) -> tuple[str, ...]:
        """The measures in which it is worse by more than is tolerated."""
        return () if self.after is None else worse_in(self.before, self.after)


@dataclass(frozen=True, slots=True)
class RegressionReport:
    """All pictures in the order asked for, ``by`` what they were drawn again, and the means over those drawn."""

    by: str
    pictures: tuple[ComparedPicture, ...]
    before: PictureMeasures
    after: PictureMeasures
    stopped_by: AudobonError | None = None

    @property
    def worse(self) -> tuple[str, ...]:
        """The measures whose mean is worse by more than is tolerated."""
        return worse_in(self.before, self.after)

    def error(self) -> AudobonError | None:
        """What the run must end with: it was stopped, pictures are missing, or the set came out worse."""
        if self.stopped_by is not None:
            return self.stopped_by
        missing = [one for one in self.pictures if one.after is None]
        if not missing and not self.worse:
            return None
        facts = [
            f"{name} {getattr(self.before, name):.2f} to {getattr(self.after, name):.2f}"
            for name in self.worse
        ]
        words = [f"{self.by} draws these worse: {', '.join(facts)}."] if facts else []
        if missing:
            words.append(
                f"{len(missing)} were not drawn, first {missing[0].asset.name}: {missing[0].reason.rstrip('.')}."
            )
        return QualityWorse(
            " ".join(words),
            hint="see them side by side: `audobon quality compare ... --report compare.html`",
            worse=list(self.worse),
            failed=[one.asset.id for one in missing],
        )


def worse_in(before: PictureMeasures, after: PictureMeasures) -> tuple[str, ...]:
    """The measures in which ``after`` is worse by more than is tolerated."""
    losses = {
        "quality": before.quality - after.quality,
        "look": after.look - before.look,
        "shown": before.shown - after.shown,
    }
    return tuple(name for name, loss in losses.items() if loss > TOLERATED[name])


@dataclass(frozen=True, slots=True)
class Redrawing:
    """What kept pictures are drawn again with: ``here.model`` in place of theirs, and the steps and the guidance of
    ``quality``, if it is one. ``show`` says how well pictures show their prompts."""

    here: RequestContext
    engine: Engine
    show: Show
    by: str
    quality: Quality | None = None

    def request(self, asset: Asset) -> ResolvedRequest:
        """The request of the asset's recipe, with the settings of the quality. Raises as recipe_to_request, and
        InvalidInput for an asset without a recipe, or one that a quality changes nothing of."""
        if asset.recipe is None or asset.derivation is not None:
            raise InvalidInput("nothing says how it was drawn", hint="name pictures that Audobon drew")
        request = recipe_to_request(asset.recipe, self.here)
        if self.quality is None:
            return request
        if request.composition is not None and request.composition.strength == 0:
            raise InvalidInput(
                "a quality is settings of a network, and none drew it", hint="name pictures of a network"
            )
        settings = self.quality.settings(request.model.family)
        return replace(request, steps=settings.steps, guidance=settings.guidance, quality=self.quality.name)


def compare_set(
    assets: Sequence[Asset], redrawing: Redrawing, listen: Listener, should_stop: ShouldStop
) -> RegressionReport:
    """Draw each of ``assets`` again, of the same seed, and measure both. The library stays as it is.

    The look is measured from a card of the kept pictures. Raises InvalidInput without a picture, PictureUnusable,
    BlobMissing or BlobCorrupt for kept ones that cannot be read.
    """
    pictures = [asset for asset in assets if isinstance(asset.media, ImageInfo)]
    if not pictures:
        raise InvalidInput("None of these is a picture.", hint="name pictures that Audobon drew")
    reader = PictureReader(redrawing.here.library)
    kept = [reader.picture(Source(asset.name, asset=asset)).frames[0] for asset in pictures]
    card = learn(looks_of(kept))

    def measures(asset: Asset, pixels: Pixels) -> PictureMeasures:
        decoded = DecodedImage(asset.name, (pixels,))
        shown = redrawing.show([as_image(pixels)], asset.prompt)[0] if asset.prompt else 0.0
        return PictureMeasures(
            scored(decoded)[0][0].score, distance(looks_of([pixels])[0], card).total, float(shown)
        )

    compared: list[ComparedPicture] = []
    stopped_by = None
    for number, (asset, pixels) in enumerate(zip(pictures, kept, strict=True)):
        one = ComparedPicture(asset, pixels, measures(asset, pixels))
        try:
            drawn = _drawn(asset, redrawing, listen, should_stop, number, len(pictures))
            one = replace(one, drawn=drawn, after=measures(asset, drawn))
        except Interrupted as error:
            stopped_by = error
            break
        except AudobonError as error:
            one = replace(one, reason=error.message)
        compared.append(one)
        listen(Progress("compare", number + 1, len(pictures), "pictures"))
    done = [one for one in compared if one.after is not None]
    return RegressionReport(
        redrawing.by,
        tuple(compared),
        _mean([one.before for one in done]),
        _mean([one.after for one in done if one.after is not None]),
        stopped_by,
    )


def _drawn(
    asset: Asset, redrawing: Redrawing, listen: Listener, should_stop: ShouldStop, number: int, count: int
) -> Pixels:
    import numpy as np

    request = redrawing.request(asset)
    seed = asset.recipe.seed if asset.recipe else 0
    listen(ImageStarted(number, count, seed, request.steps, asset.prompt))
    redrawing.engine.load(request, listen)
    content = redrawing.engine.render(request, seed, number, listen, should_stop).content
    image: Any = medium_named(request.output.medium).finish(content, request.output)
    return np.array(image.convert("RGBA"), dtype=np.uint8)


def _mean(some: Sequence[PictureMeasures]) -> PictureMeasures:
    if not some:
        return PictureMeasures(0.0, 0.0, 0.0)
    import numpy as np

    rows = np.array([(one.quality, one.look, one.shown) for one in some])
    return PictureMeasures(*(float(value) for value in rows.mean(axis=0)))
