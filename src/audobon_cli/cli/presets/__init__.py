"""Qualities, styles, named sizes and schedulers."""
