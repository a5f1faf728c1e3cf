"""What an asset can be, one folder a medium."""
