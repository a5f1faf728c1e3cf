"""Whatever makes pictures.

``base.py`` is the contract: load, render one picture or several in one call, report what a recipe must hold.
An engine is a folder and an entry in ``registry.py``; nothing of it is imported before it is first used.
``routing.py`` gives each request to the engine of its model, providers included.

Only engine calls ever leave the process (``hosting.py``): load, render, score. The warm process (``warm/``)
and the actors of a cluster (``ray/``) are the two places where they are answered, so everything around a
picture is the same code, whoever draws. When the warm process is lost, the call is done here; when an actor
is lost, its job goes back.

Small models run on one thread on the processor. More threads order sums differently on machines with other
numbers of processors, which changes single values of a picture; and two threads waiting for each other beside
another busy program took 20 times as long.
"""
