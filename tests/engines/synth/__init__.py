"""Tests of the synthesiser."""
