"""Making again: from a recipe back to a request, and whether the picture comes out as it was."""
