"""Recording the allocations of a model, once, on the meta device."""
