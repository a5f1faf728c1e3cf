"""Engines that draw elsewhere: one mechanism for all that can go wrong, and what it costs."""
