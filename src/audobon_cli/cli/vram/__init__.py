"""What a model needs of a graphics card."""
