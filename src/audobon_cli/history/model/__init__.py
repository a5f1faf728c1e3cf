"""History's pure rules: records, trees of records, commits, differences and merges. No disk.

Merges are three-way, field by field. A tree has 4,096 shards in two levels of 64: a change rewrites four
objects, and equal subtrees are skipped in differences and merges.
"""
