"""What the program does, one verb family a file: no terminal, no environment."""
