"""What recipes say of a picture from a provider: known without asking it."""

import hashlib
import json

from audobon_cli.domain.providers import RemoteModel
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.engines.base import EngineFacts

REMOTE = "remote"
"""What stands for the device in recipes of pictures that were drawn elsewhere."""


def remote_facts(request: ResolvedRequest) -> EngineFacts:
    """The facts of a request for a provider's model."""
    model = request.model.remote
    if model is None:
        raise ValueError(f"{request.model.name} is no provider's model")
    return EngineFacts(model.provider, _digest(model), "", REMOTE, "", {})


def _digest(model: RemoteModel) -> str:
    """Of what is sent with every request: a service tells nothing of its weights."""
    sent = {
        "provider": model.provider,
        "id": model.id,
        "fixed": model.fixed,
        "qualities": model.qualities,
        "details": model.details,
    }
    return hashlib.sha256(json.dumps(sent, sort_keys=True, default=str).encode()).hexdigest()
