"""Presets from TOML: qualities, styles, sizes, models, schedulers, providers, cards, prices.

**A family** (presets/families/) says how a kind of model is called: its pipelines, sizes, the arguments that
carry guidance and negative prompt, what else each call is given. Families that share a pipeline class are
told apart by the model's configuration (``[when]``: FLUX.1 schnell has no guidance embedding). Steps and
guidance are in presets/quality/, a distilled model's own in presets/models/. Pipelines of no family run as
``unknown``, as far as their call takes what a picture needs, with a warning.

**The capability table** (presets/capabilities.toml, docs/capabilities.md) is measured. For each family the
tests build a tiny pipeline with random weights (``tests/tiny_models/``), run each option's probe
(``tests/capabilities/``) through resolution and the real engine, and look whether the pixels change as they
must. A test holds the shipped table to the result, so an option that is accepted and ignored cannot be
shipped; resolution refuses what the table lacks. `python -m tests.capabilities` measures again, schedulers
included. ``domain/capabilities.py`` says how to add an option.
"""
