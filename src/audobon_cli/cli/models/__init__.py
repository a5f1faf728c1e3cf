"""The models that pictures are made with."""
