"""Which families of models read English alone."""

NEEDS_ENGLISH = frozenset({"sprite", "synth", "sd15", "sdxl", "latent-consistency", "audioldm", "audioldm2"})
"""Those whose encoders were taught English alone; others have encoders of many languages, or it is not known."""
