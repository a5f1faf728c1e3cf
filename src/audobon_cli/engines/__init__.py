"""Whatever makes pictures."""
