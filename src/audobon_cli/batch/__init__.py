"""Batches: read, resolved before the first picture, run so that running again does what is missing."""
