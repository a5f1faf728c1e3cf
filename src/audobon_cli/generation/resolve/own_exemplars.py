"""Which of the user's own pictures a request composes of: what a query finds, or those that it names."""

from collections.abc import Sequence

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.adapters import ReferenceChoice
from audobon_cli.domain.asset import Asset
from audobon_cli.domain.composition import OwnExemplar
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.media import ImageInfo
from audobon_cli.generation.input_images import inspect_exemplar
from audobon_cli.generation.resolve.inputs import LibraryOpener, picture_path
from audobon_cli.library.input_pictures import input_picture

MOST_EXEMPLARS = 2_000
"""Of a query; of more the newest are taken."""


@dataclass(frozen=True, slots=True)
class OwnPictures:
    """Pictures to compose of, and what the user should know of them."""

    found: tuple[OwnExemplar, ...]
    notes: tuple[str, ...] = ()


def found_exemplars(query: str, library: LibraryOpener | None) -> OwnPictures:
    """The still pictures that ``query`` finds in the library. Raises InvalidInput if there are none, and what queries
    raise."""
    if library is None:
        raise InvalidInput("--exemplars needs a library.", hint="leave it out")
    opened = library()
    answers = opened.assets.matching(query)
    still = [one for one in answers if _is_still(one) and one.blob in opened.blobs]
    if not still:
        fact = "has no still picture that is there" if answers else "finds nothing in the library"
        raise InvalidInput(f"--exemplars {query!r} {fact}.", hint="try the query: `audobon assets search`")
    newest = sorted(still, key=lambda one: (one.created, one.id))[-MOST_EXEMPLARS:]
    return OwnPictures(
        tuple(OwnExemplar(input_picture(opened, one.blob), one.name, _words(one)) for one in newest)
    )


def named_exemplars(choices: Sequence[ReferenceChoice], library: LibraryOpener | None) -> OwnPictures:
    """The pictures of ``--reference``: files or assets. Raises InvalidInput, AssetNotFound, AssetAmbiguous and what
    tracing them raises."""
    from audobon_cli.exemplars.trace import pixels_of_picture, traced

    found: list[OwnExemplar] = []
    notes: list[str] = []
    for choice in choices:
        if choice.weight != 1:
            raise InvalidInput(
                f"--reference {choice.picture}:{choice.weight:g}: what is composed is of the picture as it is.",
                hint="leave the weight out; --strength says how far the network goes from it",
            )
        path, called = picture_path(str(choice.picture), library)
        name = choice.name or called
        picture, data = inspect_exemplar(path, library)
        if found:
            name = found[0].name  # further pictures are other drawings of the same thing
        traced(data, name)
        if pixels_of_picture(data, name).getchannel("A").getextrema()[0] == 255:
            notes.append(f"{choice.picture} has no transparency: `audobon sprite cut` frees what it shows")
        found.append(OwnExemplar(picture, name))
    return OwnPictures(tuple(found), tuple(notes))


def _is_still(asset: Asset) -> bool:
    return isinstance(asset.media, ImageInfo) and asset.media.frames == 1


def _words(asset: Asset) -> tuple[str, ...]:
    """The words that go with an asset: its tags, and its prompt's."""
    from audobon_cli.exemplars.find import words_of

    return tuple(dict.fromkeys(word for text in (*asset.tags, asset.prompt) for word in words_of(text)))
