"""Sounds: samples, WAV files with their recipe, formats, loudness and pitch, what files of others say.

**Files of others are decoded whole before they are kept** (``inspect.py``), in blocks, so that memory does not grow
with their length: a cut FLAC or a value that is no number shows only there, and loudness and pitch, by which sounds
are found, come from the same pass. libsndfile decodes; it takes a cut WAV, AIFF or Ogg for a shorter one, so that
lengths in headers and the mark of the last page are held against the file (``containers.py``).

**What is made here is a WAV of 16 bits**, written and read without libsndfile: the chunk ``adbn`` behind the samples
has the recipe, ``LIST INFO`` the prompt for other programs.

**Loudness is defined for short sounds, too.** ITU-R BS.1770 measures blocks of 0.4 s, and most sounds of games are
shorter: what is shorter than a block is one block.
"""
