"""Requests in the style of a card, of an asset or of a set: what is asked of their pictures."""

from dataclasses import replace
from typing import TYPE_CHECKING

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.events import ignore
from audobon_cli.domain.output.image import ImageOutput
from audobon_cli.domain.request import GenerationRequest, ResolvedRequest
from audobon_cli.generation.resolve.inputs import LibraryOpener

if TYPE_CHECKING:
    from audobon_cli.sprites.style_cards import FoundCard


def with_size_of(request: GenerationRequest, library: LibraryOpener | None) -> GenerationRequest:
    """``request`` in the size of the card that it names, unless it asks for another. Raises as find_style does."""
    if request.style_of is None or request.size is not None:
        return request
    side = round(find_style(request.style_of, library).card.value("side"))
    return replace(request, size=str(side))


def styled(resolved: ResolvedRequest, text: str, library: LibraryOpener | None) -> ResolvedRequest:
    """``resolved`` in the style that ``text`` names. Raises InvalidInput for what is no picture, and as find_style
    does."""
    if not isinstance(resolved.output, ImageOutput):
        raise InvalidInput("--style-of is of pictures.", hint="leave it out")
    return dressed_for(resolved, find_style(text, library))


def dressed_for(resolved: ResolvedRequest, found: "FoundCard", start: bool = False) -> ResolvedRequest:
    """``resolved``, which is of pictures, in the style of the card ``found``; ``start``: see Dress."""
    from audobon_cli.styles.dressing import dress_of

    output = resolved.image
    asset = found.source.asset if found.source is not None else None
    dress = replace(dress_of(found.card, output.size), start=start)
    if asset is not None:
        dress = replace(dress, asset=asset.id, blob=asset.blob)
    composition = resolved.composition
    if composition is not None:
        composition = replace(composition, card=found.card.to_json())
        dress = dress if start else replace(dress, outline=0)  # the scene has it
    return replace(resolved, output=replace(output, dress=dress, grid=1), composition=composition)


def find_style(text: str, library: LibraryOpener | None) -> "FoundCard":
    """The card that ``text`` names, or one learnt of the pictures that it means. Raises as style_of does, and
    InvalidInput without a library."""
    from audobon_cli.sprites.style_cards import style_of

    if library is None:
        raise InvalidInput("--style-of needs a library.", hint="make one with `audobon init`")
    return style_of(text, library, ignore)
