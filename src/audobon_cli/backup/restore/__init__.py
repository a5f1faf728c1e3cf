"""Bringing a recovery point back."""
