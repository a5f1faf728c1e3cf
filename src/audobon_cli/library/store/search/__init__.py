"""Queries over assets: parsing, the index, likeness."""
