"""Access tokens in the keyring of the operating system: Keychain, Secret Service, KWallet, Credential Locker."""

import contextlib
from collections.abc import Iterator
from typing import Protocol

from audobon_cli.domain.errors import KeyringUnavailable

SERVICE = "audobon"


class TokenStore(Protocol):
    """Keeps one token for each service that models come from."""

    def get(self, service: str) -> str | None:
        """The token; None if there is none, or no keyring that answers."""
        ...

    def put(self, service: str, token: str) -> None:
        """Keep the token. Raises KeyringUnavailable."""
        ...

    def drop(self, service: str) -> bool:
        """Forget the token; whether there was one. Raises KeyringUnavailable."""
        ...


class TokenKeyring:
    """The user's own keyring, through the library keyring (PYTHON_KEYRING_BACKEND chooses another).

    Importing it takes some 0.1 s, and it may ask the user to unlock: it is asked only when a token is needed.
    """

    def get(self, service: str) -> str | None:
        """See TokenStore.get."""
        with contextlib.suppress(KeyringUnavailable), _explained():
            import keyring

            return keyring.get_password(SERVICE, service) or None
        return None

    def put(self, service: str, token: str) -> None:
        """See TokenStore.put."""
        with _explained():
            import keyring

            keyring.set_password(SERVICE, service, token)

    def drop(self, service: str) -> bool:
        """See TokenStore.drop."""
        with _explained():
            import keyring

            if keyring.get_password(SERVICE, service) is None:
                return False
            keyring.delete_password(SERVICE, service)
            return True


@contextlib.contextmanager
def _explained() -> Iterator[None]:
    """Turn what keyrings raise into KeyringUnavailable; their words may hold anything, so they are left out."""
    from keyring.errors import KeyringError

    try:
        yield
    # Backends also let through what D-Bus, a locked file or a missing session raises.
    except (KeyringError, OSError, RuntimeError, ValueError) as error:
        raise KeyringUnavailable(
            f"There is no keyring here that can be used ({type(error).__name__}).",
            hint="on Linux a keyring needs a desktop session with a Secret Service; without one, set the variable "
            "that names the token: HF_TOKEN for models, for others see `audobon providers list`",
        ) from error
