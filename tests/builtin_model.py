"""The model that ships with the program, for tests that draw with it."""

import os
from pathlib import Path
from typing import Any

from audobon_cli.domain.inputs import ImageInputs
from audobon_cli.domain.request import GenerationRequest, ResolvedRequest
from audobon_cli.generation.resolve.local import resolve
from audobon_cli.settings.settings import Settings
from audobon_cli.workspace import Workspace


def builtin_request(prompt: str = "red apple", **options: Any) -> ResolvedRequest:
    """A request of the built-in model's network with every choice made; ``options`` are GenerationRequest's."""
    from_words = ImageInputs(strength=1.0)
    asked = GenerationRequest(prompt, **{"model": "sprite", "seed": 7, "inputs": from_words, **options})
    return resolve(asked, Settings(), Workspace(Path.cwd(), os.environ).models)
