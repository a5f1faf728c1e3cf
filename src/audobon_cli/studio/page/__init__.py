"""What the browser gets: one page, its style and its modules."""
