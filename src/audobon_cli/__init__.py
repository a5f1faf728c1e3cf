"""Audobon: make game assets from text, and keep them."""
