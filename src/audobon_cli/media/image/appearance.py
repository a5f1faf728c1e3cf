"""What the pixels of a picture say about it: a hash for likeness, and its chief colours."""

from typing import TYPE_CHECKING

from audobon_cli.domain.errors import PictureUnusable
from audobon_cli.media.types import FLAT_HASH, NO_APPEARANCE, Appearance

if TYPE_CHECKING:
    from PIL.Image import Image

COLORS = 8
MIN_SHARE = 0.02
HASH_COLUMNS, HASH_ROWS = 9, 8


def compute_appearance(data: bytes) -> Appearance:
    """What the pixels of a picture file say: its first frame, on grey where it is clear.

    The hash is dHash: which of 9 x 8 grey means is brighter than its right neighbour. The colours are the
    eight chief ones by median cut of what is not clear, each at least 2 % of it. About 0.3 ms for 64 x 64
    pixels. A picture that rises nowhere has FLAT_HASH, not 0. Vectors and what cannot be decoded have hash 0 and
    no colours.
    """
    from audobon_cli.media.image.pixels import first_frame

    try:
        image = first_frame(data).convert("RGBA")
    except PictureUnusable:
        return NO_APPEARANCE
    return Appearance(_dhash(image), _colors(image))


def _dhash(image: "Image") -> int:
    import numpy as np
    from PIL import Image as Images

    ground = Images.new("RGBA", image.size, (128, 128, 128, 255))
    grey = Images.alpha_composite(ground, image).convert("L")
    small = np.asarray(grey.resize((HASH_COLUMNS, HASH_ROWS), Images.Resampling.BOX), dtype=np.int16)
    bits = np.packbits(small[:, 1:] > small[:, :-1])
    return int.from_bytes(bits.tobytes(), "big") or FLAT_HASH


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
