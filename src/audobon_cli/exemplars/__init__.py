"""Pictures composed from shipped drawings: words find them, rules change them, a seed poses them.

``plan.py`` turns a prompt and a seed into a ``Scene``, which names every drawing and every choice, and is what a recipe
keeps; ``compose.py`` draws a scene as an SVG document, and ``render.py`` as pixels. The same scene gives the same
bytes. Nothing here needs a network or numpy.

The store (``builtin/exemplars/``) is made by ``training/exemplar_store.py``, from drawings under MIT, Apache-2.0 and
CC0 alone. A recipe's scene is drawn as it stands, so what it holds is never given another meaning: new rules get new
names.
"""
