"""Tests of pictures composed of exemplars."""
