"""A scene as pixels: of vectors, or on the grid of pixel art."""

from typing import TYPE_CHECKING

from audobon_cli.exemplars.scene import Scene
from audobon_cli.exemplars.store import ExemplarStore

if TYPE_CHECKING:
    from PIL.Image import Image


def draw_scene(scene: Scene, store: ExemplarStore, side: int) -> "Image":
    """``scene`` as a Pillow picture, RGBA with straight alpha, ``side`` pixels wide and high.

    Raises what compose.composed does.
    """
    if scene.ground is not None and scene.grid:
        from audobon_cli.exemplars.grounds.tile import tile_picture

        return tile_picture(scene.ground, scene.grid, side)
    if scene.grid:
        from audobon_cli.exemplars.pixel_art import pixel_picture

        return pixel_picture(scene, store, side)
    from audobon_cli.exemplars.compose import composed
    from audobon_cli.exemplars.render import rasterise

    return rasterise(composed(scene, store), side)
