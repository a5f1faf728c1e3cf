"""The providers by name: one line each. Nothing of a provider is imported until it is asked for."""

from collections.abc import Callable

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.plugins.discovery import PluginKind
from audobon_cli.plugins.registry import Registry
from audobon_cli.providers.access import ProviderAccess
from audobon_cli.providers.protocol import Provider

PROVIDERS = {
    "comfyui": "audobon_cli.providers.services.comfyui:ComfyUI",
    "replicate": "audobon_cli.providers.services.replicate:Replicate",
    "huggingface": "audobon_cli.providers.services.huggingface:HuggingFace",
    "bedrock": "audobon_cli.providers.services.bedrock:Bedrock",
    "azure": "audobon_cli.providers.services.azure:Azure",
    "vertex": "audobon_cli.providers.services.vertex:Vertex",
    "vertex-endpoint": "audobon_cli.providers.services.vertex_endpoint:VertexEndpoint",
}
"""``module:Class`` of each; the class is called with a ProviderAccess and implements protocol.Provider."""

REGISTRY: "Registry[Callable[[ProviderAccess], Provider]]" = Registry(PluginKind.PROVIDERS, PROVIDERS)
"""These, and those of plugins, whose entry points name such a class."""


def create_provider(access: ProviderAccess) -> Provider:
    """The provider of ``access.preset``. Opens no connection.

    Raises InvalidInput if its SDK is not installed, naming the extra, or if no code is there for it.
    """
    name = access.preset.name
    try:
        make = REGISTRY.load(name)
        if make is None:
            hint = REGISTRY.hint(name) or f"it can to: {', '.join(REGISTRY.names())}"
            raise InvalidInput(f"This version cannot speak to {access.preset.title}.", hint=hint)
        return make(access)
    except ModuleNotFoundError as error:
        plugin = REGISTRY.plugin(name)
        if plugin is not None:
            raise plugin.unusable(f"the package {error.name} is not installed") from error
        raise InvalidInput(
            f"The provider {name} needs the package {error.name}, which is not installed.",
            hint=f"pip install 'audobon-cli[{access.preset.extra or name}]'",
        ) from error
