"""What the library keeps: adding, finding, organizing, throwing away.

**Adding** (``add.py``, ``import_files.py``). Files become durable first, then the rows that name them, in one
transaction. The same bytes with the same recipe are the asset that is there. Import makes 4,000 files (or 256
MiB) durable at once, reads PNG chunks without decoding, and asks the database once for a batch what is there.
``bench/library.py`` times it beside `git add`: 0.65 of its time for files of 6 KB, 0.9 for icons of 800
bytes.

**Meaning** (``semantic_search.py``). ``builtin/words`` holds 21,600 words as vectors of all-MiniLM-L6-v2 in
96 dimensions of 4 bits (1 MB), drawn towards what people think of with a thing (training/word_vectors.py,
training/associations.toml). Words near to all words of the query are looked up in the index. What only they
find comes after what holds the words themselves, one of each word in turn, so that forty drawings of a snake
do not stand before the first spider. ``bench/meaning.py`` judges it on 60 queries over 12,000 icons: recall
among the first 24 is 0.94 for those it was made with, 0.92 for those set aside, 0.76 for those written
afterwards (0.27, 0.13 and 0.44 with the built-in encoder's own words before).

**Likeness** (``similar.py``). dHash and chief colours are taken from the pixels when `similar`, `duplicates
--near` or ``palette:`` first need them, so that import need not decode. A scan of a million hashes takes 10
ms of processor time.

**Deleting** (``trash.py``) takes three steps: trash (undone by restore), purge (the record goes), gc (the
file goes, when it was found unused twice, a day apart). Whoever adds assets holds a shared lock (``pin``)
from before the files are stored until their rows are committed; gc takes it exclusively, 256th by 256th.
"""
