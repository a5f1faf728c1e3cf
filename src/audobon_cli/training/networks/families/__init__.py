"""The families of models that can be trained: one file a family, and a line in registry.py."""
