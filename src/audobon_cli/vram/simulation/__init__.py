"""A pipeline's allocations replayed on a model of the caching allocator."""
