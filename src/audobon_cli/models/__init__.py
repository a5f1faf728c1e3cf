"""Models at hand: what they are made of, and which they are.

**Models of the Hugging Face hub lie in its own cache** (``hub_cache.py``), so that nothing is stored twice
and every other tool finds them. Those of Cloud Storage lie under gs/ in the models folder, in the same
layout, so that `update` and `remove` treat shared files alike; single files from the web under files/NAME/.
`models add` records local folders and files where they are.

**A manifest** in the user's data folder (``manifests.py``) records source, commit, licence and the SHA-256 of
every file. It is written last: a name without a manifest is not a model.

**Changed bytes are refused.** The engine hashes a model before it loads it, remembering digests by size,
modification time, change time and inode, and compares them with the manifest, or with the list that the
built-in model ships with (SHA256SUMS). The kernel sets the change time (ctime) at every write and no program
can set it back, so `generate` sees every change made through the file system, also one that keeps size and
modification time; a chmod or a move costs one more hashing. Not seen is what happens below the file system: a
disk that returns other bytes without an error, or somebody who writes to the device or sets the clock back.
`models verify` reads everything and finds that, too; it notes it in the manifest, and from then on `generate`
refuses the model without reading it, until a pull has mended it or a full verification is clean. Hashing each
time instead would cost 0.34 to 0.65 s for each 500 MiB (measured on a processor with SHA instructions), so by
extrapolation 5 to 9 s for SDXL and 20 to 40 s for FLUX.1, against 2 microseconds for a look at the times.
Where a file system keeps no change time (FAT), the modification time counts.

**Fits this machine?** (``vram/model_fit.py``) is the memory forecast's answer for the whole memory of the
largest NVIDIA card, at the model's own size; without a card it is a rule for RAM: weights in float32 and 1
GiB.
"""
