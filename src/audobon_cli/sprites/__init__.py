"""Game art from pictures: operations on pixels, sheets, and checks.

Operations are those of ``derivations/``, on pixels; a sheet's page or a slice's piece is the same operation with
another number. A palette drawn up from a set is an asset of its own, and a parent of what it was applied to.
"""
