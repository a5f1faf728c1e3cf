"""The synthesiser: sounds from words on any processor, each sample the same on all of them.

**A patch is the whole sound** (domain.sound.SoundPatch): voices with all their settings, as ranges from which a seed
draws. Recipes hold it, so that a sound is made again whatever the presets say by then, and so that each setting can be
changed later. Presets (``presets/sounds/``) are patches with names and words; ``plan.py`` chooses one by the meaning of
the prompt and moves its settings by the words that say how.

**The same bits everywhere.** numpy chooses code for sines, exponentials, complex products and products of matrices by
the processor's features, and each rounds differently; and a compiler may fuse a product and a sum. So samples come
from single sums, products, quotients and whole numbers alone (``exact.py``): polynomials for sines and powers, hashed
counters for noise, filters by doubling (``filters.py``) in place of loops, which are too slow here, and of matrices.

Compared and left: truncated impulse responses need a convolution, which numpy does with dot products; recursions over
blocks by cumulative sums lose all digits where a pole's power underflows; a loop in Python takes 100 times as long.
"""
