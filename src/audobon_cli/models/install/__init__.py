"""Models come and go: pulled, added, verified, updated, removed.

**Only what the pipeline needs is fetched** (``select_files.py``): the components of model_index.json, one
variant of their safetensors weights (fp16 where there is one). What cannot be used - pickled weights, code
that comes with a model - is refused before it is fetched.

**From the hub** a repository is listed with huggingface_hub; its files come through ``transfer/download.py``,
because huggingface_hub starts each run from byte 0 after a kill and accepts a body with a changed byte.

**From Cloud Storage** (``gs://``) a model is listed with google-cloud-storage and comes through the same
downloader. Each object is fetched by its generation: partials are named after it, so that bytes of two
generations never meet, and an object that is replaced meanwhile is an error and not a mixture. MD5 is checked
where the bucket has it, else CRC32C, and SHA-256 recorded; the commit is a digest of paths and generations.
Buckets are tried without an account first, then with Application Default Credentials; an emulator
(STORAGE_EMULATOR_HOST) never gets credentials.

**Single files** from ``https://``: their digest is recorded on first sight unless `--sha256` gives it.

**Pickles are converted when they come in**, and only with `--allow-pickle`: ``torch.load(weights_only=True)``
reads tensors and refuses every other name without calling it, and the tensors are written as safetensors,
which alone are kept and loaded. So nothing that runs later can meet a pickle, and `generate` has no such
option. One warning for each file says so, each time. The alternative, diffusers loading pickles itself, would
leave the choice of loader to each library and each component. Pickled weights in several pieces are not
converted.

**Update** writes the new manifest when the new commit is complete, then deletes what only the old one used;
**remove** deletes what no manifest and no other snapshot names.

**Tokens** come from HF_TOKEN, else the system's keyring (`models login`), else huggingface_hub's token file;
the keyring is opened only when the hub is needed. They go to the hub's own host only, not to where it
redirects, and are in no message, log or record; neither are addresses whose query grants access.
"""
