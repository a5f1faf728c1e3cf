"""Forgetting recovery points, and the objects that nobody needs any more.

``prune.py`` chooses points, ``collect.py`` marks and deletes what only they needed.
"""
