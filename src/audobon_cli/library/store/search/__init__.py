"""Queries over assets: parsing, the index, likeness.

**One text index for words and facets** (``asset_search``, FTS5, contentless). ``tokenizer.py`` makes the
words: without case and accents; a character of Chinese, Japanese or Thai and an emoji are a word each. What
an asset is (``kind:sprite``, ``tag:boss``, ``size:00512``, ``created:2026-10`` ...) is a facet, written as
one private-use character by its number in ``facets`` (``facets.py``). A query is thereby one merge of sorted
lists, and a facet adds nothing to the prefix indexes. Ranges become the few facets that cover them, coarse
ones where they lie wholly inside. ``facets`` also counts living assets and bytes, so that `stats` need not
read the assets.

**One language** for every command that takes assets: ``query.py`` parses, ``query_compiler.py`` compiles,
``index.py`` runs. By relevance the newest 1,000 hits are ranked, by name, size or rating the newest 2,500;
``total_is_exact`` says so. Listing everything walks an index of the table and has no such limit.

**Relations, names and ids** are sets of rows, which the text index cannot hold: a query in which they stand
beside OR is split into alternatives (``alternatives.py``).

**Pages** go on behind the last asset shown, by its rank, and look at nothing that was added since the first
page: throwing away what was shown skips nothing.

Hashes of appearance lie packed (``perceptual_hashes.py``).
"""
