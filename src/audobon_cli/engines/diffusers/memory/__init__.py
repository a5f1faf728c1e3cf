"""Devices, memory strategies, and the models that stay loaded."""
