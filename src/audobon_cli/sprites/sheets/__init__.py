"""Sprite sheets: packing, slicing, animations, and the record that formats write out.

A sheet is one record (``record.py``), which each format in ``formats/`` writes out and which the PNG carries,
so that ``slice.py`` reads it back. rectpack places the frames (MaxRects; beyond 200 Skyline, thirty times as
fast); nothing is rotated, since not every reader turns frames back. tests/sprites/test_peers.py has PixiJS's
and Phaser's own parsers read the sheets; it needs `npm install` in tests/peers and skips without.
"""
