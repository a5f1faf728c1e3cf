"""Weighted words, and prompts that are longer than a text encoder takes at once."""

from audobon_cli.domain.capabilities import Option
from tests.capabilities.probing import Probe

MANY = "a cat " * 300
"""More tokens than any encoder here takes at once; that of T5 takes 512."""

PROBES = (
    Probe(
        Option.PROMPT_WEIGHTS,
        lambda bench: bench.obeys({"prompt": "cute dragon"}, {"prompt": "cute (dragon:3)"}),
        {"prompt": "cute (dragon:3)"},
    ),
    Probe(
        Option.LONG_PROMPTS,
        lambda bench: bench.obeys({"prompt": f"{MANY} sword"}, {"prompt": f"{MANY} potion"}),
    ),
)
