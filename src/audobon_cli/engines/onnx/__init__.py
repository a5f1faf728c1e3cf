"""The built-in model by exported graphs: a picture without importing PyTorch.

Importing torch, diffusers and transformers took 20 times as long as drawing a sprite. The networks are exported once,
where the model is made (``training/export_graphs.py``), as ONNX graphs that hold no weights: these are taken from the
model's own safetensors files, mapped and widened while loading, so they ship once and the folder stays an ordinary
diffusers folder. ONNX Runtime runs them at twice the speed of PyTorch on one thread. What pipelines do around the
networks is some lines of numpy each: the noise of a seed (``noise.py``), the solver (``solver.py``), prompts
(``prompts.py``), pictures and compositions that are drawn on from (``start.py``); tests hold each to what diffusers,
transformers and torch do.

``exports.py`` refuses graphs that are damaged, or were made of other weights, by their digests. Whatever cannot be
drawn here (adapters, masks, tiles, other schedulers and models), or not on this machine, is drawn by
``engines/diffusers/``; ``engines/runtimes.py`` chooses, and recipes name the runtime.
"""
