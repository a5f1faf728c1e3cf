"""Ground tiles: textures that repeat without a seam, and the sets of tiles that lead from one ground to another.

``words.py`` reads what is asked for, ``pixels.py`` draws on the grid of pixel art and ``vectors.py`` in shapes, both
from the places that ``layout.py`` deals out; ``shores.py`` says where one ground ends and the other begins, and
``sets.py`` which tiles are a set. What lies across a tile's border is the same for every seed, so that all tiles of a
ground fit each other. No one's drawings are in them.
"""
