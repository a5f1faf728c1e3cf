"""Diffusers pipelines on this machine."""
