"""Whether pictures show their words, beside how well they are drawn."""

from dataclasses import dataclass

from PIL.Image import Image

from audobon_cli.derivations.sources import Source
from audobon_cli.domain.prompt_weights import plain_prompt
from audobon_cli.engines.scoring.agreement import OTHER_TEXTS, PASSES, Agreement, AgreementScore
from audobon_cli.media.image.png import read_recipe
from audobon_cli.sprites.pictures import PictureReader


@dataclass(frozen=True, slots=True)
class Wording:
    """``judge`` tells how well pictures show ``prompt``, or each its own words; ``passes`` is well enough."""

    judge: Agreement
    prompt: str = ""
    passes: float = PASSES

    def words_of(self, source: Source, reader: PictureReader) -> str:
        """What ``source`` is to show: the prompt given, else its own, else that of the recipe in a file; "" where
        nobody said."""
        if self.prompt:
            return self.prompt
        if source.asset is not None:
            return plain_prompt(source.asset.prompt).strip()
        recipe = read_recipe(reader.data(source)) if source.path is not None else None
        return plain_prompt(recipe.prompt).strip() if recipe is not None else ""

    def score(self, picture: Image, words: str) -> AgreementScore | None:
        """How well ``picture`` shows ``words``; None where there are none."""
        return self.judge.score(picture, words) if words else None

    def said(self, words: str, score: AgreementScore) -> str:
        """Such as "fits 'red dragon' better than 41 of 99 other texts"."""
        better = round(score.share * len(OTHER_TEXTS))
        return f"fits {words!r} better than {better} of {len(OTHER_TEXTS)} other texts"
