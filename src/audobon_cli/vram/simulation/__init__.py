"""A pipeline's allocations replayed on a model of the caching allocator.

``allocator.py`` follows the rules of c10's CUDACachingAllocator; ``replay.py`` plays a part, ``pipeline.py``
a whole picture: text encoders (twice with guidance), denoiser, decoder; ``timing.py`` estimates how long it
takes.
"""
