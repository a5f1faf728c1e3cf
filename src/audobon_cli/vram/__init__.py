"""The memory forecast: what a picture will need on a graphics card, computed without one."""
