"""Tests of libraries on several machines."""
