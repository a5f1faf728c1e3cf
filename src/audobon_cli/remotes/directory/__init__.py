"""A folder as a remote."""
