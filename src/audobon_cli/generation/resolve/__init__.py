"""Every choice of a request made, and what cannot work refused, before anything heavy is imported.

What is refused here: options that the model's family would ignore (``check_options.py``, by the capability
table), parts and adapters that do not fit, pictures that cannot be used, and what a provider's service would
not heed.

**Parts** are swapped by name (`--vae`, `--component NAME=...`), from a model, a component's folder or a
single file. Class, the settings by which networks meet (channels, widths, latent scale) and, for files
without a configuration, every tensor's name and shape are compared from headers. A scheduler is taken by the
name people use (presets/schedulers.toml); it must predict what the model predicts and have been seen to drive
its family. Recipes hold names and digests of all of them.

**Adapters**: what a file is says its header (``models/files/weight_kinds.py``): its kind, and an
*architecture*, the network and the widths that must agree, such as a UNet whose cross-attention reads 768
numbers. The model's own headers are read in the same way, so that one comparison serves every family, known
or not. What does not fit is refused with what does.
"""
