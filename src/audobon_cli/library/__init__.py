"""What the library keeps: adding, finding, organizing, throwing away."""
