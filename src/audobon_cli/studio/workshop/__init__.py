"""Sprite operations over HTTP: tried out, looked at moving and against the contract, and kept."""
