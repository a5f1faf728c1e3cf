"""From files to an assembled pipeline.

**A checkpoint** (one ``.safetensors`` file in the first layout of Stable Diffusion 1 to 3.5, SDXL or FLUX.1)
is known by its tensors. It is loaded with diffusers' ``from_single_file``, never with the network: a model of
the same family and shape at hand lends configurations, tokenizers and what the file lacks (for SD 3 and
FLUX.1 always the text encoders), and the recipe's digest covers both.

**GGUF**: diffusers needs the package ``gguf`` to load such a file (extra `[gguf]`); its header is read and
checked here without it (``models/files/gguf_header.py``).
"""
