"""How things look on a terminal, and to the scripts at the other end of a pipe."""
