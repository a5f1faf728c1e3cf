"""Diffusers pipelines on this machine.

For every family the picture equals that of a bare call of the pipeline: the engine adds nothing
(tests/engines/test_families.py). Each picture draws its noise from its own generator on the processor
(``noise.py``), so that picture k of a run is the picture of that seed alone, in a batch of any size.

Models are never allowed to bring code. Only safetensors weights are loaded, and every weight must be in the
files: the libraries underneath would fill a missing one with random numbers.
"""
