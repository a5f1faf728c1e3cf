"""Pixel art on a true grid: tiles where there are some, else drawings averaged onto it; few colours, hard edges."""

from collections import Counter
from typing import TYPE_CHECKING

from audobon_cli.exemplars.colours import mixed
from audobon_cli.exemplars.compose import checked, composed
from audobon_cli.exemplars.own import OwnStore, is_own
from audobon_cli.exemplars.recolour import HUES, of_material, recoloured
from audobon_cli.exemplars.scene import Placed, Scene
from audobon_cli.exemplars.shapes import Drawing, Path, Shape, polygon
from audobon_cli.exemplars.store import TILES, ExemplarStore
from audobon_cli.exemplars.trace import pixels_of_picture

if TYPE_CHECKING:
    from PIL.Image import Image

SOLID = 112
"""Alpha of 255 from which a pixel of the grid is filled."""


SHADOW = 24
"""Darker pixels of a tile are lines and its shadow, which keep their colour."""


def pixel_picture(scene: Scene, store: ExemplarStore, side: int) -> "Image":
    """``scene`` on its grid, every pixel repeated as often as fits into ``side``; RGBA, alpha 0 or 255."""
    from PIL import Image

    one = scene.things[0]
    pixels = one.hand == TILES or (is_own(one.hand) and len(scene.things) == 1 and not one.attributes)
    small = _pixels_of(one, store, scene.grid) if pixels else _on_grid(composed(scene, store), scene.grid)
    art = _hardened(small)
    if not pixels:
        art = _edged(art)
    art = _limited(art, scene.colours)
    factor = max(1, side // scene.grid)
    large = art.resize((art.width * factor, art.height * factor), Image.Resampling.NEAREST)
    if large.size == (side, side):
        return large
    square = Image.new("RGBA", (side, side))
    square.paste(large, ((side - large.width) // 2, (side - large.height) // 2))
    return square


def _pixels_of(one: Placed, store: ExemplarStore, grid: int) -> "Image":
    """The tile, or the user's picture, in the colours that are asked for, mirrored as posed."""
    from PIL import ImageOps

    checked(one, store)
    tile = (
        _own_pixels(one, store, grid)
        if isinstance(store, OwnStore) and is_own(one.hand)
        else store.tile(one.place)
    )
    wanted = one.material or one.colour
    if wanted:
        tile = _recoloured(tile, wanted)
    return ImageOps.mirror(tile) if one.pose.mirror else tile


def _own_pixels(one: Placed, store: OwnStore, grid: int) -> "Image":
    """The user's picture on the grid: pixel for pixel if it fits, else averaged."""
    from PIL import Image

    picture = pixels_of_picture(store.picture(one.hand), one.thing)
    largest = max(picture.size)
    if largest > grid:
        size = (max(1, picture.width * grid // largest), max(1, picture.height * grid // largest))
        picture = picture.convert("RGBa").resize(size, Image.Resampling.BOX).convert("RGBA")
    square = Image.new("RGBA", (grid, grid))
    square.paste(picture, ((grid - picture.width) // 2, grid - picture.height))
    return square


def _recoloured(tile: "Image", wanted: str) -> "Image":
    """The rules of recolour.py on a tile: each colour stands for a shape that is as large as its pixels."""
    counts = Counter(_hex(colour) for colour in _pixels(tile) if colour[3] and max(colour[:3]) > SHADOW)
    shapes = tuple(Shape(_bar(count**0.5), fill=colour) for colour, count in sorted(counts.items()))
    drawing = Drawing(shapes)
    changed = recoloured(drawing, wanted) if wanted in HUES else of_material(drawing, wanted)
    table = {old.fill: new.fill for old, new in zip(drawing.shapes, changed.shapes, strict=True)}
    pixels = [
        (*_rgb(str(table.get(_hex(colour), _hex(colour)))), colour[3]) if colour[3] else (0, 0, 0, 0)
        for colour in _pixels(tile)
    ]
    made = tile.copy()
    made.putdata(pixels)
    return made


def _on_grid(drawing: Drawing, grid: int) -> "Image":
    from audobon_cli.exemplars.render import rasterise

    return rasterise(drawing, grid)


def _hardened(image: "Image") -> "Image":
    """``image`` with each pixel clear or solid."""
    from PIL import Image

    alpha = image.getchannel("A").point([255 if level >= SOLID else 0 for level in range(256)])
    made = Image.new("RGBA", image.size)
    made.paste(image.convert("RGB").convert("RGBA"), mask=alpha)
    return made


def _limited(image: "Image", colours: int) -> "Image":
    """``image`` (clear or solid) in at most ``colours`` colours."""
    from PIL import Image

    pixels = _pixels(image)
    solid = [place for place, colour in enumerate(pixels) if colour[3]]
    if not solid:
        return image
    row = Image.frombytes("RGB", (len(solid), 1), bytes(value for k in solid for value in pixels[k][:3]))
    flat = row.quantize(colours, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).convert("RGB").tobytes()
    made = image.copy()
    for k, place in enumerate(solid):
        made.putpixel((place % image.width, place // image.width), (*flat[3 * k : 3 * k + 3], 255))
    return made


def _edged(image: "Image") -> "Image":
    """``image`` with its outermost pixels darkened: the line that sprites are drawn with."""
    width = image.width
    pixels = _pixels(image)
    solid = {place for place, colour in enumerate(pixels) if colour[3]}
    made = image.copy()
    for place in solid:
        x, y = place % width, place // width
        inner = 0 < x < width - 1
        if not (inner and {place - 1, place + 1, place - width, place + width} <= solid):
            colour = mixed(_hex(pixels[place]), "#140c1c", 0.62)
            made.putpixel((x, y), (*_rgb(colour), 255))
    return made


def _pixels(image: "Image") -> list[tuple[int, int, int, int]]:
    data = image.tobytes()
    return [tuple(data[k : k + 4]) for k in range(0, len(data), 4)]  # type: ignore[misc]


def _bar(side: float) -> Path:
    """A square whose area stands for a number of pixels."""
    return polygon((0, 0), (side, 0), (side, side), (0, side))


def _hex(colour: tuple[int, ...]) -> str:
    return f"#{colour[0]:02x}{colour[1]:02x}{colour[2]:02x}"


def _rgb(colour: str) -> tuple[int, int, int]:
    red, green, blue = (int(colour[k : k + 2], 16) for k in (1, 3, 5))
    return red, green, blue
