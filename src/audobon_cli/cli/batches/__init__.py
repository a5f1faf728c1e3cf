"""Batches on the command line: their options, running them, showing what came of them."""
