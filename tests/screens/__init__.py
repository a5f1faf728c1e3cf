"""What commands look like on a terminal: a real pseudo-terminal, read by a terminal emulator."""
