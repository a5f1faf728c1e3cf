"""Looks: how pictures are drawn, measured; what a set has in common, as a card; how far a picture is from one.

``look.py`` measures a picture (``layers.py`` its outline, ``drawing.py`` what the first layers of a network see of it),
``learn.py`` makes a ``StyleCard`` of many looks, ``distance.py`` holds a look against a card and says why,
``measures.py`` names every number. Measures are those of a hand, as far as they can be: two drawings of one hand
differ in what they show, and a card knows by how much. numpy alone is needed.

**Nothing is trained on a user's pictures.** A card is medians and deviations, robust ones, so that an outlier among
those it was learnt of is still told. A measure's floor keeps a small set from seeming stricter than a hand is.
"""
