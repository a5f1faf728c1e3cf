"""The queue: adding jobs, running them, and telling how it stands."""
