"""The memory forecast: what a picture will need on a graphics card, computed without one.

`audobon vram plan` computes what a picture needs of a graphics card before anything is loaded.

1. **Traces.** ``bench/vram_traces.py`` builds each model part on the meta device from its public
   configuration (presets/vram/components.toml) and calls it at a dozen sizes under a dispatch mode that logs
   every storage's birth and death (``tracing/``). Each allocation's bytes are fitted, exactly or not at all,
   by a polynomial of batch, height and width. A trace is some 600 to 9,300 events in about 1 KB of gzipped
   JSON under presets/vram/traces/. Marks say where each layer's call begins and ends, so that one trace
   serves every strategy.
2. **Replay.** ``simulation/`` plays a part with its weights held as a strategy holds them, and then a whole
   picture. Out come bytes allocated and reserved by stage, and by bisection the smallest capacity that gets
   through.
3. **Choice.** ``planner.py`` weighs strategies from the fastest and takes the first that fits with 5 % of the
   budget to spare (at least 128 MiB). Times are a first-order estimate from published figures. Strategies
   that need a package which is not installed are shown by `--all` and never chosen.
4. **Other models.** ``forecasts.py`` reads a folder's configurations (weights need not be there). A network
   whose configuration and number of weights are a shipped part's is that part; another one is called on the
   meta device once, which takes seconds, and its trace is kept in the cache folder by configuration and
   library versions (``trace_cache.py``), so that the second plan needs no torch. Networks that no family has
   are an error that names them: nothing tells what they are called with.
5. **Running it.** ``select_strategy.py`` chooses before anything is loaded, for the card that is here (NVML
   for NVIDIA, /sys for AMD, the system for Apple; a build of torch for processors counts as no card), and
   `generate --plan` stops there. The strategy travels in ``ResolvedRequest.strategy``. How many pictures are
   drawn in one call says ``batch_size.py``: the most that replay within the budget and its margin, found by
   bisection.
6. **When it fails all the same**, ``step_down.py`` asks the planner for the fastest strategy that needs at
   most 85 % of what the failed one was predicted to (else anything less), and the picture is begun again
   there. Event ``stepped_down``; the recipe names the strategy unless it is plain diffusers. Later pictures
   of the size begin where the first ended. When the last strategy fails the picture fails (status 30) and the
   run goes on. On a processor the only fallbacks are tiles.
7. **Calibration.** `vram profile` draws small runs and keeps, by device, the worst ratio of measured to
   predicted bytes and the middle ratio of times; later plans are multiplied by them and say so. On a
   processor only time is compared.

**GGUF.** A file holds a transformer alone, in few bits a weight. It can be given as `--component
transformer=FILE.gguf`, be a model of its own with the rest from one of its family at hand, or be registered
(`models add`), where it is one more strategy (``gguf``, ``model-offload-gguf``) and is chosen where it is the
fastest that fits; the recipe then names it with its digest, as it does for every part. Its weights are those
of the header. While a layer is called, its weights are unpacked, which takes 2 to 12 bytes each for a moment
(``models/files/gguf_types.py``, held to a recording of diffusers' code). Published reserved peaks of FLUX.1
from Q8_0 and Q4_1 files (H100), to which nothing was fitted, are forecast within 2 %.

**Assumed.** Unfused attention (``math``) for AMD's cards and `--attention math`; where it is, diffusers' own
processor (``+classic-attention``) is weighed too. Decoding in float16 with a float16-safe decoder needs
another file than the model's own: it is shown and not chosen. int8 and nf4 quantise while loading, where
bitsandbytes is installed.

**Held to.** tests/vram/test_published.py compares with 32 allocated peaks that others measured on an RTX
4090, L40S, A100 and H100 (31 within 1 %; the other is published as "about 0.2 GiB"),
tests/vram/test_traces.py with live calls of the installed diffusers; ``bench/vram_baselines.py`` puts the
forecast beside the rules that people use. A trace that drifted is made again by running the script.

**What ran where.** Every strategy is applied to real tiny pipelines on the processor in the tests, where
offloading moves nothing and streams are left out; the calls made for a card are checked against a recording
pipeline. No strategy, no live memory figure and no AMD or Apple path has been run on hardware.
``bench/gpu/predict.py`` writes the predictions that are committed in ``bench/gpu/predictions.json``;
``bench/gpu/measure.py`` holds a CUDA card to them in under ten minutes and tries the plans with memory capped
at 4, 6, 8 and 12 GiB. It has not been run on a card.

**What it does not know.** cuDNN's workspace is a rule (half precision stages input and output of a
convolution, float32 the input) that was chosen after two of the published figures, and a small card may get
along with less, because PyTorch tries the next algorithm when there is no room for the first. CUDA's context
is taken as 0.5 GiB. No figure here covers ROCm, MPS, Windows, torch.compile, adapters, or the memory of other
programs. Tiled decoding leaves out the strips that blend tiles (a few MiB).
"""
