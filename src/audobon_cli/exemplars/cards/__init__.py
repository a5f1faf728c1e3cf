"""Scenes in the style of a card: the one that comes nearest to it."""
