"""What can be asked of a medium, where it takes more than a size: read by what makes things, not by what lists them."""
