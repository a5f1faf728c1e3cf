"""Models come and go: pulled, added, verified, updated, removed."""
