"""Foreign inputs, mutated by a seed, through every reader of the command line."""
