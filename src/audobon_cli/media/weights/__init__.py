"""Trained weights: files of LoRAs, what their headers say, and the picture that shows them."""
