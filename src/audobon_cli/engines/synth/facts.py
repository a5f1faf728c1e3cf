"""What the synthesiser says of itself, before and after it is loaded: the same."""

import hashlib

from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.engines.base import EngineFacts

VERSION = "1"
"""Of the samples: another one for each change after which a patch and a seed give others (a test holds them)."""


def predict_facts(request: ResolvedRequest) -> tuple[EngineFacts, ...]:
    """The facts of the only synthesiser there is."""
    return (synth_facts(),)


def synth_facts() -> EngineFacts:
    """Nothing of the machine is in them: its samples are the same on all."""
    digest = hashlib.sha256(f"audobon synth {VERSION}".encode()).hexdigest()
    return EngineFacts("synth", digest, "", "cpu", "float64", {"audobon-synth": VERSION})
