"""The library of tests/library, whose database is tested here."""

from tests.library.conftest import library

__all__ = ["library"]
