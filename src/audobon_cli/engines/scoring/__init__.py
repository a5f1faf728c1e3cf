"""How well a picture shows its words.

The scorer of `--candidates` puts pictures into the space of the built-in text encoder, which is a component
of its own (``text_embedder.py``) that loads without diffusers.
"""
