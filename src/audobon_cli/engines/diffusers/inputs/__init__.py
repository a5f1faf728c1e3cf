"""Input images, masks and seamless textures for a pipeline."""
