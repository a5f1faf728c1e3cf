"""Pictures that look alike, by a perceptual hash; and equal ones."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from audobon_cli.domain.asset import Asset, AssetKind
from audobon_cli.domain.errors import AudobonError, PictureUnusable
from audobon_cli.domain.events import Listener, Progress, ignore
from audobon_cli.domain.ids import AssetId
from audobon_cli.library.store.appearance import Appearance
from audobon_cli.library.store.library import Library

if TYPE_CHECKING:
    from PIL.Image import Image

NEAR_BITS = 10
"""Two pictures are alike when at most so many of the hash's 64 bits differ (by trial; chance gives 32)."""
DUPLICATE_BITS = 2
COLORS = 8
MIN_SHARE = 0.02
HASH_COLUMNS, HASH_ROWS = 9, 8
BATCH = 200


@dataclass(frozen=True, slots=True)
class SimilarAsset:
    """An asset, and how far it is from the one asked for: 0 to 64 differing bits."""

    asset: Asset
    bits: int


@dataclass(frozen=True, slots=True)
class Duplicates:
    """A group of assets with the same bytes (``exact``), or that look the same, oldest first."""

    assets: tuple[Asset, ...]
    exact: bool


def compute_appearance(data: bytes) -> Appearance:
    """What the pixels of a picture file say: its first frame, on grey where it is clear.

    The hash is dHash: which of 9 x 8 grey means is brighter than its right neighbour. The colours are the
    eight chief ones by median cut of what is not clear, each at least 2 % of it. About 0.3 ms for 64 x 64
    pixels. Vectors and what cannot be decoded have hash 0 and no colours.
    """
    from audobon_cli.media.image.pixels import first_frame

    try:
        image = first_frame(data).convert("RGBA")
    except PictureUnusable:
        return Appearance(0, ())
    return Appearance(_dhash(image), _colors(image))


def _dhash(image: "Image") -> int:
    import numpy as np
    from PIL import Image as Images

    ground = Images.new("RGBA", image.size, (128, 128, 128, 255))
    grey = Images.alpha_composite(ground, image).convert("L")
    small = np.asarray(grey.resize((HASH_COLUMNS, HASH_ROWS), Images.Resampling.BOX), dtype=np.int16)
    bits = np.packbits(small[:, 1:] > small[:, :-1])
    return int.from_bytes(bits.tobytes(), "big")


def _colors(image: "Image") -> tuple[tuple[int, int, int], ...]:
    import numpy as np
    from PIL import Image as Images

    image.thumbnail((128, 128), Images.Resampling.NEAREST)
    pixels = np.asarray(image)
    solid = pixels[pixels[..., 3] >= 128][:, :3]
    if not len(solid):
        return ()
    flat = Images.fromarray(np.ascontiguousarray(solid[None]), "RGB")
    reduced = flat.quantize(COLORS, method=Images.Quantize.MEDIANCUT, dither=Images.Dither.NONE)
    palette = np.array(reduced.getpalette() or [], dtype=int).reshape(-1, 3)
    counts = np.bincount(np.asarray(reduced).reshape(-1), minlength=len(palette))
    chief = [int(i) for i in counts.argsort(kind="stable")[::-1] if counts[i] >= MIN_SHARE * len(solid)]
    return tuple((int(palette[i][0]), int(palette[i][1]), int(palette[i][2])) for i in chief)


def index_appearances(library: Library, listen: Listener = ignore) -> int:
    """Appearance at every asset whose pixels were not looked at yet, in durable batches; how many there were."""
    total = library.survey.count_unseen()
    done = 0
    while batch := library.survey.unseen(BATCH):
        looks: list[tuple[AssetId, Appearance]] = []
        for asset in batch:
            listen(Progress("look", done, total, "pictures"))
            looks.append((asset.id, _look(library, asset)))
            done += 1
        with library.change() as changes:
            for identifier, look in looks:
                changes.look(identifier, look)
    if done:
        listen(Progress("look", done, total, "pictures"))
    return done


def _look(library: Library, asset: Asset) -> Appearance:
    if asset.kind is AssetKind.VECTOR:
        return Appearance(0, ())
    try:
        return compute_appearance(library.blobs.read(asset.blob))
    except AudobonError:  # damaged or missing: `verify` is there to say so
        return Appearance(0, ())


def similar_assets(
    library: Library, asset: Asset, limit: int = 20, bits: int = NEAR_BITS
) -> tuple[SimilarAsset, ...]:
    """The assets that look like ``asset``, the nearest first; itself left out. Scans a million in 15 ms."""
    number, dhash = library.survey.hash_of(asset.id)
    if not dhash:
        return ()
    found = library.survey.near_hashes(dhash, bits, limit + 1)
    others = [(other, distance) for other, distance in found if other != number][:limit]
    assets = library.survey.by_numbers([other for other, _ in others])
    return tuple(SimilarAsset(one, distance) for one, (_, distance) in zip(assets, others, strict=True))


def find_duplicates(library: Library, near: bool, bits: int = DUPLICATE_BITS) -> list[Duplicates]:
    """Groups of assets with the same bytes; with ``near`` also of those that look the same."""
    groups = [Duplicates(library.survey.by_numbers(numbers), True) for numbers in library.survey.same_blobs()]
    if near:
        blobs = {asset.blob for group in groups for asset in group.assets}
        for numbers in _clusters(library.survey.hash_pairs(bits)):
            assets = library.survey.by_numbers(sorted(numbers))
            if len({asset.blob for asset in assets}) > 1 or assets[0].blob not in blobs:
                groups.append(Duplicates(assets, False))
    return groups


def _clusters(pairs: Iterable[tuple[int, int]]) -> list[set[int]]:
    """The connected groups of a graph given by its edges."""
    neighbours: dict[int, set[int]] = defaultdict(set)
    for one, other in pairs:
        neighbours[one].add(other)
        neighbours[other].add(one)
    groups, seen = [], set()
    for start in sorted(neighbours):
        if start in seen:
            continue
        group, todo = set(), [start]
        while todo:
            number = todo.pop()
            if number not in group:
                group.add(number)
                todo += neighbours[number] - group
        seen |= group
        groups.append(group)
    return groups
