"""Everything of training that needs PyTorch: steps, objectives, checkpoints, files, and families of models."""
