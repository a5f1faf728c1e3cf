"""What a set of assets owes, and to whom: hands, models and what taught them, authors of what was imported."""
