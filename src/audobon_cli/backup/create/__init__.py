"""Making a recovery point."""
