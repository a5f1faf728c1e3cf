"""What needs PyTorch of training: step loop, objectives, checkpoints, files of weights, and the families of models."""
