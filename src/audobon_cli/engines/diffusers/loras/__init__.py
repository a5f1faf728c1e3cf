"""LoRAs in networks: the arithmetic of every algorithm, layer by layer, beside weights that stay as they are."""
