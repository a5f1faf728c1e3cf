"""Forgetting recovery points, and the objects that nobody needs any more."""
