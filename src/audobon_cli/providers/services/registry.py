"""The providers by name: one line each. Nothing of a provider is imported until it is asked for."""

import importlib
from collections.abc import Callable
from typing import cast

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.providers.access import ProviderAccess
from audobon_cli.providers.protocol import Provider

PROVIDERS = {
    "comfyui": "audobon_cli.providers.services.comfyui:ComfyUI",
    "replicate": "audobon_cli.providers.services.replicate:Replicate",
    "huggingface": "audobon_cli.providers.services.huggingface:HuggingFace",
    "bedrock": "audobon_cli.providers.services.bedrock:Bedrock",
    "azure": "audobon_cli.providers.services.azure:Azure",
    "vertex": "audobon_cli.providers.services.vertex:Vertex",
}
"""``module:Class`` of each; the class is called with a ProviderAccess and implements protocol.Provider."""


def create_provider(access: ProviderAccess) -> Provider:
    """The provider of ``access.preset``. Opens no connection.

    Raises InvalidInput if its SDK is not installed, naming the extra, or if no code is there for it.
    """
    name = access.preset.name
    if name not in PROVIDERS:
        raise InvalidInput(
            f"This version cannot speak to {access.preset.title}.", hint=f"it can to: {', '.join(PROVIDERS)}"
        )
    module, _, attribute = PROVIDERS[name].partition(":")
    try:
        make = cast(
            "Callable[[ProviderAccess], Provider]", getattr(importlib.import_module(module), attribute)
        )
        return make(access)
    except ModuleNotFoundError as error:
        raise InvalidInput(
            f"The provider {name} needs the package {error.name}, which is not installed.",
            hint=f"pip install 'audobon-cli[{access.preset.extra or name}]'",
        ) from error
