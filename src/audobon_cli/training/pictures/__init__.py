"""What a run learns from: pictures frozen by their bytes, each with its caption, and what is wrong with them.

A set names blobs, not assets and not paths: renaming, tagging and deleting change nothing of a set that a run has, and
its digest says whether two runs saw the same (sets that shrink unnoticed: SimpleTuner#299, PR#1869).
"""
