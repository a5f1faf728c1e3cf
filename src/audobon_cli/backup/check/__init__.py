"""Whether a repository is as it was written, and mending it."""
