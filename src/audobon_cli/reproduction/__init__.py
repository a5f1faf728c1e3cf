"""Making again: from a recipe back to a request, and whether the picture comes out as it was.

``recipe_to_request`` turns a recipe into a request with that recipe's settings, not those of today's presets;
``recipe_diff.py`` names what differs in what decides on pixels; ``compare.TOLERANCE_LEVELS`` is measured.
`recipe run` goes through the batch's runner; derived assets through ``derivations/replay.py``.
"""
