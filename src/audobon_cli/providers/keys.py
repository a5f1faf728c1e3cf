"""Keys of providers in the keyring of the operating system."""

import re

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.providers import ProviderPreset
from audobon_cli.providers.registry import ProviderRegistry


def keep_key(name: str, key: str, registry: ProviderRegistry) -> str:
    """Keep the key of the provider ``name``, replacing an older one; the variable that goes before it, or "".

    Raises PresetNotFound, InvalidInput for what cannot be a key, KeyringUnavailable.
    """
    preset = _with_key(name, registry)
    key = key.strip()
    if not re.fullmatch(r"[\x21-\x7e]{8,4096}", key):
        raise InvalidInput(
            "That is no key: it must be one line of letters and digits.", hint="copy it once more"
        )
    registry.keyring.put(preset.keyring_name or preset.name, key)
    return next((variable for variable in preset.keys if registry.variables.get(variable)), "")


def drop_key(name: str, registry: ProviderRegistry) -> bool:
    """Forget the key; whether there was one. Raises as keep_key."""
    preset = _with_key(name, registry)
    return registry.keyring.drop(preset.keyring_name or preset.name)


def _with_key(name: str, registry: ProviderRegistry) -> ProviderPreset:
    preset = registry.presets.provider(name)
    if not preset.keys:
        raise InvalidInput(
            f"{preset.title} is not opened by a key that could be kept here.",
            hint=f"see {preset.documentation}",
        )
    return preset
