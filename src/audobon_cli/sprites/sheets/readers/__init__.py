"""Where the frames of others' sheets lie: one module a form of data, one line here.

Everything is bounded before it costs memory or time: types, sizes, and what all frames take together.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.foreign.text import without_mark
from audobon_cli.sprites.sheets.readers import css, godot, libgdx, packed_json, starling, tiled, unity
from audobon_cli.sprites.sheets.readers.frames import MAX_DATA_BYTES, MAX_FRAMES, NO_FRAMES, DataPage


class DataReader(NamedTuple):
    """A form of data: what it is called, whether a text is of it (cheaply: by its beginning or a word), and its pages.

    ``read`` raises ValueError, KeyError, TypeError, IndexError or AttributeError for what makes no sense, or an
    InvalidInput of its own.
    """

    called: str
    fits: Callable[[str], bool]
    read: Callable[[str], Sequence[DataPage]]


READERS = (
    DataReader("a resource of Godot", godot.fits, godot.read),
    DataReader("TexturePacker's or Aseprite's JSON", packed_json.fits, packed_json.read),
    DataReader("a TextureAtlas of Starling", starling.fits, starling.read),
    DataReader("a tileset of Tiled", tiled.fits, tiled.read),
    DataReader("a .tpsheet for Unity", unity.fits, unity.read),
    DataReader("a style sheet of CSS sprites", css.fits, css.read),
    DataReader("an atlas of libGDX", libgdx.fits, libgdx.read),
)
"""The first that fits is taken: the more a form has of its own, the further up it stands."""


def pages_in(text: str) -> tuple[DataPage, ...]:
    """The pages of a sheet that ``text`` is the data of: at least one, with frames.

    Raises InvalidInput for data of no form in READERS, for such as makes no sense, and for what is too much.
    """
    if len(text) > MAX_DATA_BYTES:
        raise InvalidInput(
            f"The sheet's data is longer than {MAX_DATA_BYTES} characters.", hint="give the data of the sheet"
        )
    text = without_mark(text)
    reader = next((each for each in READERS if each.fits(text)), None)
    if reader is None:
        raise InvalidInput(
            "The sheet's data is of no form that can be read.",
            hint=f"there are: {', '.join(each.called for each in READERS)}",
        )
    try:
        pages = tuple(reader.read(text))
        count = sum(len(page.frames) for page in pages)
        if not 0 < count <= MAX_FRAMES:
            raise ValueError(f"it has {count} frames, more than {MAX_FRAMES}" if count else NO_FRAMES)
        return pages
    except (KeyError, TypeError, IndexError, AttributeError, ValueError) as error:
        why = str(error) if isinstance(error, ValueError) else NO_FRAMES
        why = f"{error} is missing" if isinstance(error, KeyError) else why
        raise InvalidInput(
            f"The sheet's data is not {reader.called}: {why}.",
            hint="export it again, or as TexturePacker's JSON hash or array",
        ) from error


def page_of(pages: Sequence[DataPage], name: str, size: tuple[int, int]) -> int:
    """Which of ``pages`` the picture ``name`` (a file's, without its ending) of this width and height is: the only one,
    else the one whose picture is called so, else the only one of its size. Raises InvalidInput."""
    if len(pages) == 1:
        return 0
    wanted = name.casefold()
    called = [place for place, page in enumerate(pages) if page.stem.casefold() == wanted]
    alike = called or [place for place, page in enumerate(pages) if page.size == size]
    if len(alike) != 1:
        images = [page.image for page in pages[:5]] + (["..."] if len(pages) > 5 else [])
        raise InvalidInput(
            f"The data is of {len(pages)} pages, and {name!r} is none of them: {', '.join(images)}.",
            hint="call the picture as the data calls its page",
        )
    return alike[0]
