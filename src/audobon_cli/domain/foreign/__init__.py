"""What comes from outside of the program, made safe to keep and to show."""
