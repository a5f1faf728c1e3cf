"""Models at a place: what `audobon models push` and `models pull --from` do.

docs/sync.md says what lies there. Files are objects as those of assets are; a model's record names them, and one object
``models`` names the records. Objects first, durably; then ``models``, by compare-and-swap. On arrival every file has
been held against its digest before the model gets a name here.
"""
