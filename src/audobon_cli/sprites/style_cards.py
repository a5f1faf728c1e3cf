"""Styles of assets and files: learning a card, finding one, holding pictures against one."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from audobon_cli.derivations.run import (
    OperationContext,
    OperationResult,
    Task,
    derived_by,
    make,
    write_result,
)
from audobon_cli.derivations.sources import Source, asset_sources, file_sources, is_file
from audobon_cli.derivations.tasks import result_name
from audobon_cli.domain.asset import Asset, AssetKind
from audobon_cli.domain.errors import (
    AssetAmbiguous,
    AssetNotFound,
    InvalidInput,
    LibraryNotFound,
    StyleFailed,
)
from audobon_cli.domain.events import Listener, Progress
from audobon_cli.domain.media import IMAGE, ImageInfo
from audobon_cli.library.add import AssetDraft, add_asset
from audobon_cli.library.find_files import SearchBounds, find_files
from audobon_cli.library.select import select_assets
from audobon_cli.library.store.library import Library
from audobon_cli.library.store.rows import RelationKind
from audobon_cli.media.image.inspect import STYLE_TEXT
from audobon_cli.media.registry import found_suffixes
from audobon_cli.sprites.operations.style import LearnStyle, TransferStyle
from audobon_cli.sprites.pictures import PictureReader
from audobon_cli.storage.durable_files import output_exists
from audobon_cli.styles.card import StyleCard
from audobon_cli.styles.distance import StyleDistance, furthest
from audobon_cli.styles.learn import learn
from audobon_cli.styles.look import Look
from audobon_cli.styles.pictures import card_of, looks_of

BATCH = 64
"""Pictures that are decoded at once."""

MOST_LEARNT_FILES = 5000
"""Files of a folder at most that a card is learnt of for the occasion: of more, one was named by mistake."""

MOST_WALKED = 20_000
"""Files and folders at most that are looked at to find them."""

NO_PICTURES = frozenset(
    {AssetKind.SOUND, AssetKind.VECTOR, AssetKind.STYLE, AssetKind.LORA, AssetKind.EMBEDDING}
)
"""Kinds without a look."""

LibraryOpener = Callable[[], Library]


@dataclass(frozen=True, slots=True)
class FoundCard:
    """A card, where it comes from (None: it was learnt for the occasion), and what to call it."""

    card: StyleCard
    source: Source | None
    name: str


@dataclass(frozen=True, slots=True)
class CheckedStyle:
    """One picture's distance from a card; ``frame`` is that of an animation which is furthest away, from 1."""

    source: Source
    distance: StyleDistance
    outlier: bool
    frame: int | None = None
    blank: bool = False

    @property
    def why(self) -> tuple[str, ...]:
        """Why it is as far away as it is, in words, the largest difference first."""
        where = f"frame {self.frame}: " if self.frame else ""
        if self.blank:
            return (f"{where}nothing is visible",)
        return tuple(f"{where}{one.words}" for one in self.distance.differences)


@dataclass(frozen=True, slots=True)
class StyleReport:
    """Pictures by their distance from ``against``, the furthest first; beyond ``limit`` they are outliers."""

    against: FoundCard
    limit: float
    pictures: tuple[CheckedStyle, ...]

    @property
    def outliers(self) -> tuple[CheckedStyle, ...]:
        """Those beyond the limit."""
        return tuple(one for one in self.pictures if one.outlier)

    def error(self) -> StyleFailed | None:
        """What to raise, with --fail, when there are outliers."""
        if not self.outliers:
            return None
        first = self.outliers[0]
        return StyleFailed(
            f"{len(self.outliers)} of {len(self.pictures)} are not in the style, first {first.source.name}: "
            f"{first.distance.total:.2f}, limit {self.limit:g}.",
            hint="see them with `audobon style check --report styles.html`",
            outliers=[
                {"name": one.source.name, "distance": round(one.distance.total, 3)} for one in self.outliers
            ],
        )


def style_sources(
    texts: Sequence[str], library: LibraryOpener, bounds: SearchBounds | None = None
) -> list[Source]:
    """The pictures that ``texts`` mean: files and those in folders, or assets; what has no look is passed over.

    Raises InvalidInput when nothing is left, files and assets are mixed, or folders hold more than ``bounds``, and
    what select_assets raises.
    """
    paths = [text for text in texts if is_file(text) or _is_folder(text)]
    if paths and len(paths) < len(texts):
        other = next(text for text in texts if text not in paths)
        raise InvalidInput(
            f"{paths[0]} is a file or folder and {other!r} an asset.",
            hint="name files and folders, or assets; `audobon assets import` makes assets of files",
        )
    if paths:
        found = file_sources(
            [
                str(file.path)
                for file in find_files(paths, bounds)
                if str(file.path) in paths or _has_look(file.path)
            ]
        )
    else:
        found = [
            one for one in asset_sources(library(), texts) if one.asset and one.asset.kind not in NO_PICTURES
        ]
    if not found:
        raise InvalidInput(
            "None of these is a picture with a look.", hint="name sprites, images or animations"
        )
    return found


def _is_folder(text: str) -> bool:
    """Whether ``text`` names a folder; an empty one, as of a variable that is not set, does not name this one."""
    return bool(text.strip()) and Path(text).expanduser().is_dir()


def _names_asset(text: str, library: LibraryOpener) -> bool:
    """Whether ``text``, which is a folder's name, is an asset's, too. What is written as a path is none."""
    if text.startswith((".", "~")) or any(mark and mark in text for mark in (os.sep, os.altsep)):
        return False
    try:
        return library().assets.resolve(text).name == text
    except (AssetNotFound, LibraryNotFound):
        return False
    except AssetAmbiguous:
        return True


def _has_look(path: Path) -> bool:
    """Whether a file that was found in a folder is a picture: sounds, vectors and weights lie among them."""
    suffix = path.suffix.lower()
    return suffix != ".svg" and suffix in found_suffixes(IMAGE)


def learn_card(
    sources: Sequence[Source],
    name: str,
    library: Library,
    out: Path | None,
    overwrite: bool,
    listen: Listener,
) -> tuple[Asset, bool]:
    """File the card of ``sources`` as ``name``, and write it to ``out``, too; the asset, and whether the very same was
    there. One learnt of assets is derived from them. Raises InvalidInput, PictureUnusable and what filing raises."""
    if out is not None and not overwrite and out.exists():
        raise output_exists(out)
    operation = LearnStyle()
    reader = PictureReader(library)
    listen(Progress("style", 0, len(sources), "pictures"))
    product = operation.run([reader.picture(source) for source in sources])
    listen(Progress("style", len(sources), len(sources), "pictures"))
    data = product.encode()
    height, width = product.pixels.shape[:2]
    draft = AssetDraft(name, AssetKind.STYLE, ImageInfo(width, height, "RGBA"))
    parents = [source.asset for source in sources if source.asset is not None]
    if parents:
        relations = tuple((RelationKind.DERIVED_FROM, parent.id) for parent in parents)
        draft = replace(draft, derivation=derived_by(operation, parents), relations=relations)
    asset, existing = add_asset(library, draft, data)
    if out is not None:
        write_result(out, data, overwrite)
    return asset, existing


def find_card(text: str, library: LibraryOpener) -> FoundCard:
    """The card that ``text`` names: an asset of the kind style, or the file of one. Raises PictureUnusable for what
    is none, and what select_assets raises."""
    found = _card_named(text, library)
    if found is None:
        source = file_sources([text])[0] if is_file(text) else asset_sources(library(), [text])[0]
        return FoundCard(
            card_of(PictureReader(None if source.path else library()).picture(source)), source, source.name
        )
    return found


def style_of(text: str, library: LibraryOpener, listen: Listener) -> FoundCard:
    """The card that ``text`` names, or else one learnt of the pictures that it means. Of an asset and a folder of one
    name the asset is meant; ``name/`` is the folder. Raises as find_card and style_sources do, and InvalidInput for a
    folder with more than MOST_LEARNT_FILES pictures or MOST_WALKED entries."""
    found = _card_named(text, library)
    if found is not None:
        return found
    if _is_folder(text) and _names_asset(text, library):
        sources = asset_sources(library(), [text])
    else:
        sources = style_sources([text], library, SearchBounds(MOST_LEARNT_FILES, MOST_WALKED))
    looks = [look for one in _looks(sources, library, listen) for look in one]
    return FoundCard(learn(looks), None, text)


def transfer_style(
    sources: Sequence[Source], card: FoundCard, strength: float, name: str, context: OperationContext
) -> list[OperationResult]:
    """Each of ``sources`` in the style of ``card``. A card that is an asset is a parent of the results, as a palette
    is; another one is written into their records. Raises what make raises."""
    is_asset = card.source is not None and card.source.asset is not None and context.library is not None
    operation = TransferStyle("" if is_asset else card.card.to_json(), strength)
    held = (card.source,) if is_asset and card.source is not None else ()
    tasks = [
        Task(operation, (source, *held), result_name(source, "styled", context, name), named=bool(name))
        for source in sources
    ]
    return make(tasks, context)


def check_style(
    sources: Sequence[Source],
    against: FoundCard | None,
    library: LibraryOpener,
    listen: Listener,
    limit: float | None = None,
) -> StyleReport:
    """Hold ``sources`` against a card, or (None) against the one that they come to themselves. ``limit`` None: the
    card's own. Raises InvalidInput, PictureUnusable, BlobMissing or BlobCorrupt."""
    looks = _looks(sources, library, listen)
    card = against or FoundCard(learn([look for each in looks for look in each]), None, "the set itself")
    held = card.card.limit if limit is None else limit
    checked = [_checked(source, own, card.card, held) for source, own in zip(sources, looks, strict=True)]
    ordered = sorted(checked, key=lambda one: (-one.distance.total, one.source.name))
    return StyleReport(card, held, tuple(ordered))


def _checked(source: Source, looks: Sequence[Look], card: StyleCard, limit: float) -> CheckedStyle:
    place, apart = furthest(looks, card)
    return CheckedStyle(
        source, apart, apart.total > limit, place + 1 if len(looks) > 1 else None, looks[place].is_blank
    )


def _card_named(text: str, library: LibraryOpener) -> FoundCard | None:
    """The card that ``text`` names, if it names one."""
    if is_file(text):
        source = file_sources([text])[0]
        picture = PictureReader(None).picture(source)
        return FoundCard(card_of(picture), source, source.name) if STYLE_TEXT in picture.texts else None
    if _is_folder(text) and not _names_asset(text, library):
        return None
    assets = select_assets(library(), [text])
    if len(assets) != 1 or assets[0].kind is not AssetKind.STYLE:
        return None
    source = Source(assets[0].name, asset=assets[0])
    return FoundCard(card_of(PictureReader(library()).picture(source)), source, source.name)


def _looks(sources: Sequence[Source], library: LibraryOpener, listen: Listener) -> list[list[Look]]:
    """The looks of each source's frames."""
    reader = PictureReader(None if all(source.asset is None for source in sources) else library())
    found: list[list[Look]] = []
    for start in range(0, len(sources), BATCH):
        pictures = [reader.picture(source).frames for source in sources[start : start + BATCH]]
        looks = iter(looks_of([frame for frames in pictures for frame in frames]))
        found += [[next(looks) for _ in frames] for frames in pictures]
        listen(Progress("style", len(found), len(sources), "pictures"))
    return found
