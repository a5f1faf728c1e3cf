"""Working with sounds: operations on samples, sets of one loudness, playing.

Operations are those of ``derivations/``, on samples.
"""
