"""Presets from TOML: qualities, styles, sizes, models, schedulers, providers, cards, prices."""
