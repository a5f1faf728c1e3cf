"""How a picture or sound came about, in the words of the IPTC's vocabulary of digital source types.

https://cv.iptc.org/newscodes/digitalsourcetype/ says what each means.
"""

from collections.abc import Sequence
from enum import StrEnum

from audobon_cli.domain.recipe import Recipe

VOCABULARY = "http://cv.iptc.org/newscodes/digitalsourcetype/"
SYNTHESISER = "synth"
"""The engine that makes sounds by rule."""


class SourceType(StrEnum):
    """Those of the vocabulary that files made here can be of."""

    TRAINED = "trainedAlgorithmicMedia"
    """Made by a model that was trained on others' works."""
    EDITED_BY_TRAINED = "compositeWithTrainedAlgorithmicMedia"
    """Such a model changed or went on from something that was there."""
    SYNTHETIC_COMPOSITE = "compositeSynthetic"
    """Put together of several elements, of which at least one was made by such a model."""
    COMPOSITE = "composite"
    """Put together of several elements, as the composer puts drawings of people together by rule."""
    ALGORITHMIC = "algorithmicMedia"
    """Made by an algorithm that was trained on nothing."""

    @property
    def uri(self) -> str:
        """As files name it."""
        return VOCABULARY + self.value


_BY_TRAINED = (SourceType.TRAINED, SourceType.EDITED_BY_TRAINED, SourceType.SYNTHETIC_COMPOSITE)


def source_type_of(recipe: Recipe) -> SourceType:
    """What was made as ``recipe`` says."""
    if recipe.engine == SYNTHESISER:
        return SourceType.ALGORITHMIC
    from audobon_cli.domain.composition import COMPOSER

    if recipe.engine == COMPOSER and not recipe.composition.get("strength"):
        return SourceType.COMPOSITE
    # From a picture, or from a composition, the network only went on.
    began = recipe.composition or recipe.inputs.get("init_image")
    return SourceType.EDITED_BY_TRAINED if began else SourceType.TRAINED


def combined_type(uris: Sequence[str]) -> str:
    """The source type (its URI) of what is made out of things of ``uris``; "" where nothing is known of any.

    What is made out of one thing, or of several of one type, stays of that type.
    """
    known = {uri for uri in uris if uri}
    if not known:
        return ""
    if len(known) == 1 and all(uris):
        return known.pop()
    trained = any(uri == each.uri for uri in known for each in _BY_TRAINED)
    return (SourceType.SYNTHETIC_COMPOSITE if trained else SourceType.COMPOSITE).uri
