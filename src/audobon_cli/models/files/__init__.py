"""What lies in a model folder or file, read without loading it."""
