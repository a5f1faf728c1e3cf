"""Motion: the frames of an action from one picture, by deformation on its pixel grid.

An action (``actions.py``) is a function from a time between 0 and 1 to a pose. A pose (``poses.py``) is whole numbers
of cells: how far the figure stands from its place, how many rows it is shorter, how far its head leans. Drawing a
pose (``deform.py``) moves, repeats and leaves out rows and columns, so that no colour comes in that was not there;
only pictures without a pixel grid that are large are resampled. ``parts.py`` finds eyes, legs and lids by colour.

**The anchor** is the column of the figure's middle and the row of its feet. Everything is drawn around it, and the
canvas grows at the top and by the same width on both sides: a pivot of [0.5, 1.0] is the same point in every frame.

**Rows that go are chosen once**, each the one that is missed least, and poses take the first so many of the list:
between two frames nothing else changes than is meant to.
"""
