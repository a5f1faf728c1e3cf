"""Where backups lie: one protocol, and an implementation for each kind of place."""
