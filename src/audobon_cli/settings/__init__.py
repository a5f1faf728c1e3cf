"""Settings with their sources, and the platform's folders."""
