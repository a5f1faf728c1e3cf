"""Sprite sheets: packing, slicing, animations, and the record that formats write out."""
