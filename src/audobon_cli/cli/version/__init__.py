"""Commit the library, branch it, merge it, and go back."""
