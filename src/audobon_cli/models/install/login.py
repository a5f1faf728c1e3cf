"""Tokens for sources of models: kept in the keyring, taken from there when a source is asked."""

import re
from dataclasses import dataclass, replace

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.models.install.hub_api import Hub
from audobon_cli.models.registry import ModelRegistry
from audobon_cli.settings.hub import TokenOrigin

HUB = "hf"
SERVICES = (HUB,)


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """``user`` is whom the token belongs to, "" if that was not asked; ``shadowed`` says that HF_TOKEN is
    set, which goes before the keyring."""

    service: str
    user: str
    shadowed: bool


def log_in(service: str, token: str, registry: ModelRegistry) -> LoggedIn:
    """Check the token at its source (not offline) and keep it in the keyring, replacing an older one.

    Raises InvalidInput for what cannot be a token, SourceTokenRefused, KeyringUnavailable and what
    models.install.hub_api.Hub raises.
    """
    check_service(service)
    token = token.strip()
    if not re.fullmatch(r"[\x21-\x7e]{8,4096}", token):
        raise InvalidInput(
            "That is no access token: it must be one line of letters and digits.",
            hint="copy it from https://huggingface.co/settings/tokens",
        )
    user = ""
    if not (registry.offline or registry.hub.offline):
        access = replace(registry.hub, token=token, token_origin=TokenOrigin.KEYRING)
        user = Hub(access, registry.retries).who_am_i()
    registry.tokens.put(service, token)
    return LoggedIn(service, user, registry.hub.token_origin is TokenOrigin.ENVIRONMENT)


def log_out(service: str, registry: ModelRegistry) -> bool:
    """Forget the token in the keyring; whether there was one. Raises InvalidInput, KeyringUnavailable."""
    check_service(service)
    return registry.tokens.drop(service)


def with_token(registry: ModelRegistry) -> ModelRegistry:
    """The same shelf with the hub's token: of the environment, else the keyring, else the hub's own file."""
    if registry.hub.token_origin is TokenOrigin.ENVIRONMENT:
        return registry
    token = registry.tokens.get(HUB)
    if token is None:
        return registry
    return replace(registry, hub=replace(registry.hub, token=token, token_origin=TokenOrigin.KEYRING))


def check_service(service: str) -> None:
    """Raise InvalidInput for a service without tokens of ours."""
    if service not in SERVICES:
        raise InvalidInput(
            f"There is no login for {service!r}.",
            hint=f"there is one for {', '.join(SERVICES)}; for gs:// run "
            "`gcloud auth application-default login`",
        )
