"""How pictures were made, and making them again."""
