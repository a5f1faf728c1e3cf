"""Whatever makes pictures.

``base.py`` is the contract: load, render one picture or several in one call, report what a recipe must hold.
An engine is a folder and an entry in ``registry.py``; nothing of it is imported before it is first used.
``routing.py`` gives each request to the engine of its model, providers included.

The built-in model's plain pictures are drawn by exported graphs (``onnx/``), everything else by diffusers
(``diffusers/``); ``runtimes.py`` is both as one engine. Recipes name the graphs, so that a picture is made again by
what drew it; those that name none are diffusers'. Both draw the same picture, but for rounding.

Only engine calls ever leave the process (``hosting.py``): load, render, score. The warm process (``warm/``)
and the actors of a cluster (``ray/``) are the two places where they are answered, so everything around a
picture is the same code, whoever draws. When the warm process is lost, the call is done here; when an actor
is lost, its job goes back.

Small models run on one thread on the processor. More threads order sums differently on machines with other
numbers of processors, which changes single values of a picture; and two threads waiting for each other beside
another busy program took 20 times as long.
"""

import os

# MKL, through which PyTorch multiplies matrices on processors, chooses its kernel by where a tensor happens to lie in
# memory: on some processors (seen on an AMD EPYC without AVX-512) the same picture came out one level different in
# single values after weights had been moved. STRICT makes results independent of alignment, AUTO keeps the kernels
# that are chosen anyway, so that bytes stay as they were (Intel oneMKL developer guide, "Obtaining Numerically
# Reproducible Results"). It is read when MKL is first called: before any engine is imported.
os.environ.setdefault("MKL_CBWR", "AUTO,STRICT")
