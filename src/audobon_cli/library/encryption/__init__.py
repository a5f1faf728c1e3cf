"""Encrypted libraries: making one, writing one from another, what opens it, erasing for good.

How their files look is ``library/store/encryption/``'s affair; docs/encryption.md says what it is worth.
"""
