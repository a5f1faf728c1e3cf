"""Make pictures."""
