"""Devices, memory strategies, and the models that stay loaded.

Models stay loaded while there is room for the next; the one not used for longest leaves first
(``model_cache.py``). When memory runs out while drawing, the others leave and the picture is begun again; if
that does not help, the engine lets go of the pipeline, its tensors in the traceback and the cached blocks,
and ``vram/step_down.py`` says what to try next.

``strategies.py`` applies what ``ResolvedRequest.strategy`` names. Sequential offloading is leaf groups
without a stream, because accelerate's hooks break on modules of transformers 5.
"""
