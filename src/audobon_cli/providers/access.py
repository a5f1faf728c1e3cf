"""With which key and at which address a provider is spoken to: from the environment, else the keyring."""

from collections.abc import Callable, Mapping
from dataclasses import field

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.providers import ProviderPreset
from audobon_cli.domain.secrets import Secret, redact

KeyringLookup = Callable[[str], str | None]
"""The key that the keyring holds for a provider's name; None without one."""


@dataclass(frozen=True, slots=True)
class ProviderAccess:
    """``variables`` are the environment, for SDKs with chains of their own; ``keyring`` is asked only when no
    variable has the key. ``servers`` are addresses from the settings, where there may be several; ``resource`` is
    what is the user's own there, as the service names it."""

    preset: ProviderPreset
    variables: Mapping[str, str] = field(repr=False)
    keyring: KeyringLookup = field(repr=False)
    servers: tuple[str, ...] = ()
    resource: str = ""

    @property
    def endpoint(self) -> str:
        """Where the service is: a variable's, else the usual address; without a slash at the end.

        Raises InvalidInput for one that is no http(s) address.
        """
        names = self.preset.endpoint_variables
        found = next((self.variables[name] for name in names if self.variables.get(name)), "")
        return checked_address(found or self.preset.endpoint)

    def key(self) -> Secret | None:
        """The key, if there is one. Asking the keyring may take a moment or ask to be unlocked."""
        for name in self.preset.keys:
            value = self.variables.get(name, "").strip()
            if value:
                return Secret(value, name)
        if not self.preset.keys:
            return None
        kept = self.keyring(self.preset.keyring_name or self.preset.name)
        return Secret(kept, "keyring") if kept else None

    def key_origin(self) -> str | None:
        """Where ``key`` is found; None if it is not, "" if none is needed."""
        found = self.key()
        if found is not None:
            return found.origin
        return None if self.preset.keys else ""


def checked_address(text: str) -> str:
    """``text`` without a slash at its end. Raises InvalidInput unless it is an http(s) address."""
    if not text.startswith(("http://", "https://")):
        raise InvalidInput(
            f"{redact(text)!r} is not an address.", hint="write it as https://host or http://host:port"
        )
    return text.rstrip("/")
