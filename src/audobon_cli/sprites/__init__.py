"""The sprite workshop's pure operations: pixels and parameters in, pixels out; no library, no terminal."""
