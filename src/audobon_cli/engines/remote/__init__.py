"""Engines that draw elsewhere: one file a provider, one mechanism for all that can go wrong."""
