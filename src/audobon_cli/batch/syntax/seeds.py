"""Seeds for rows that name none: out of the row's own words, so that running again finds what was made."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from audobon_cli.domain.request import GenerationRequest

DERIVED_SEED_LIMIT = 2**31
"""Derived seeds stay short enough to be read aloud, as those drawn at random do."""


def derive_seed(prompt: str, repeat: int) -> int:
    """The seed for ``prompt`` where no seed was given. ``repeat`` counts equal requests before it.

    It depends on nothing else: another quality or style keeps the composition, and no line depends on
    another that is not its very equal.
    """
    content = json.dumps([prompt.strip(), repeat], ensure_ascii=False).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.sha256(content).digest()[:8]) % DERIVED_SEED_LIMIT


def with_seeds(requests: Iterable[GenerationRequest]) -> Iterator[GenerationRequest]:
    """``requests`` with a seed each. Of equal ones without a seed, each is a picture of its own."""
    seen: Counter[GenerationRequest] = Counter()
    for request in requests:
        if request.seed is not None:
            yield request
            continue
        yield replace(request, own_seed=derive_seed(request.prompt, seen[request]))
        seen[request] += 1
