"""Models at hand: what they are made of, and which they are."""
