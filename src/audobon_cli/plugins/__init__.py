"""What other packages add: found by their entry points, imported when it is used."""
