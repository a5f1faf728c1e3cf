"""Looking at providers: what is known of them, whether they can be reached, what would be sent."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from functools import partial

from audobon_cli.domain.errors import InvalidInput, SourceOffline
from audobon_cli.domain.model import LOCAL
from audobon_cli.domain.providers import ProviderPreset, RemoteModel
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.providers.protocol import Preview, Probe, RemoteRequest
from audobon_cli.providers.registry import ProviderRegistry

DRY_KEY = "00000000-0000-4000-8000-000000000000"
"""Stands for the UUID of a request that is only shown."""


@dataclass(frozen=True, slots=True)
class KnownProvider:
    """A provider as it is known here. ``credentials`` as of Provider.credentials; ``missing`` says why it
    cannot be used ("" if it can)."""

    preset: ProviderPreset
    servers: tuple[str, ...]
    credentials: str | None
    missing: str = ""


@dataclass(frozen=True, slots=True)
class CheckedProvider:
    """What a provider's servers said."""

    known: KnownProvider
    probes: tuple[Probe, ...]


@dataclass(frozen=True, slots=True)
class ProviderModel:
    """A model of a provider, and whether it is over."""

    provider: str
    model: RemoteModel
    is_over: bool


def list_providers(registry: ProviderRegistry) -> tuple[KnownProvider, ...]:
    """All providers, by name. Opens no connection."""
    return tuple(_known(preset, registry) for preset in registry.presets.providers.values())


def check_providers(names: Iterable[str], registry: ProviderRegistry) -> tuple[CheckedProvider, ...]:
    """Ask the servers of the providers named (all of them if none is), side by side; nothing is paid for.

    Raises PresetNotFound for a name that is none, SourceOffline.
    """
    chosen = [registry.presets.provider(name) for name in names] or list(registry.presets.providers.values())
    if registry.settings.offline:
        raise SourceOffline(
            "Providers are on the network, and --offline forbids that.", hint="leave out --offline"
        )
    with ThreadPoolExecutor(max_workers=8) as pool:
        return tuple(pool.map(partial(_check, registry=registry), chosen))


def list_remote_models(
    names: Iterable[str], registry: ProviderRegistry, today: date
) -> tuple[ProviderModel, ...]:
    """The models of the providers named, or of all; those that ended last. Raises PresetNotFound."""
    chosen = [registry.presets.provider(name) for name in names] or list(registry.presets.providers.values())
    found = [
        ProviderModel(preset.name, model, model.lifecycle is not None and model.lifecycle.is_over(today))
        for preset in chosen
        for model in preset.models.values()
    ]
    return tuple(sorted(found, key=lambda one: (one.provider, one.is_over)))


def preview(request: ResolvedRequest, registry: ProviderRegistry) -> Preview:
    """The exact request that would be sent for the first picture of ``request``; nothing is sent.

    Raises InvalidInput for a request that stays here.
    """
    if request.provider == LOCAL:
        raise InvalidInput("Nothing is sent for pictures that are drawn here.", hint="name a provider")
    with closing(registry.provider(request.provider)) as provider:
        return provider.preview(RemoteRequest(request, request.seed, DRY_KEY, request.timeout_seconds or 0.0))


def _known(preset: ProviderPreset, registry: ProviderRegistry) -> KnownProvider:
    try:
        with closing(registry.provider(preset.name)) as provider:
            return KnownProvider(preset, provider.servers, provider.credentials())
    except InvalidInput as error:
        return KnownProvider(preset, (), None, f"{error.message} {error.hint}")


def _check(preset: ProviderPreset, registry: ProviderRegistry) -> CheckedProvider:
    known = _known(preset, registry)
    if known.missing:
        return CheckedProvider(known, ())
    with closing(registry.provider(preset.name)) as provider:
        return CheckedProvider(known, tuple(provider.probe(server) for server in provider.servers))
