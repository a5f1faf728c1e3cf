"""The databases tested here are those of real libraries."""

from tests.library.conftest import library

__all__ = ["library"]
