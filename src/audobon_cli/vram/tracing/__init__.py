"""Recording the allocations of a model, once, on the meta device.

The networks of all 23 families can be called: ``calls.py`` makes up each kind of call, at the longest text
that its pipeline takes, and tests/vram/test_tracing_calls.py holds it to what a real pipeline of the family
passes. Three of them (Lumina 2, Qwen-Image, Z-Image) go through a batch picture by picture; for them several
pictures are taken to need as much each as one alone.
"""
