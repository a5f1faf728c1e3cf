"""LoRA files without their weights: which layers they change, how, and what those are called in a network."""
