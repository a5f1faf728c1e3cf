"""Services that draw pictures elsewhere."""
