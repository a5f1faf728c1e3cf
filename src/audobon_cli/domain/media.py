"""Media: what kinds of things an asset can be, by the names that are stored."""

IMAGE = "image"
"""The medium of pictures, animations, sheets and vector drawings."""
