"""Tests of the sandbox that files from outside are decoded in."""
