"""What the program keeps about its user outside of the assets themselves: given to them, and erased."""
