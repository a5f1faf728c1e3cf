"""What can be asked of a medium, where it takes more than a size."""
