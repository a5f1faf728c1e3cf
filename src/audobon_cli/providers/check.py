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
from audobon_cli.providers.protocol import Job, Preview, Probe
from audobon_cli.providers.registry import ProviderShelf

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
class KnownModel:
    """A model of a provider, and whether it is over."""

    provider: str
    model: RemoteModel
    is_over: bool


def list_providers(shelf: ProviderShelf) -> tuple[KnownProvider, ...]:
    """All providers, by name. Opens no connection."""
    return tuple(_known(preset, shelf) for preset in shelf.presets.providers.values())


def check_providers(names: Iterable[str], shelf: ProviderShelf) -> tuple[CheckedProvider, ...]:
    """Ask the servers of the providers named (all of them if none is), side by side; nothing is paid for.

    Raises PresetNotFound for a name that is none, SourceOffline.
    """
    chosen = [shelf.presets.provider(name) for name in names] or list(shelf.presets.providers.values())
    if shelf.settings.offline:
        raise SourceOffline(
            "Providers are on the network, and --offline forbids that.", hint="leave out --offline"
        )
    with ThreadPoolExecutor(max_workers=8) as pool:
        return tuple(pool.map(partial(_check, shelf=shelf), chosen))


def list_remote_models(names: Iterable[str], shelf: ProviderShelf, today: date) -> tuple[KnownModel, ...]:
    """The models of the providers named, or of all; those that ended last. Raises PresetNotFound."""
    chosen = [shelf.presets.provider(name) for name in names] or list(shelf.presets.providers.values())
    found = [
        KnownModel(preset.name, model, model.lifecycle is not None and model.lifecycle.is_over(today))
        for preset in chosen
        for model in preset.models.values()
    ]
    return tuple(sorted(found, key=lambda one: (one.provider, one.is_over)))


def preview(request: ResolvedRequest, shelf: ProviderShelf) -> Preview:
    """The exact request that would be sent for the first picture of ``request``; nothing is sent.

    Raises InvalidInput for a request that stays here.
    """
    if request.provider == LOCAL:
        raise InvalidInput("Nothing is sent for pictures that are drawn here.", hint="name a provider")
    with closing(shelf.provider(request.provider)) as provider:
        return provider.preview(Job(request, request.seed, DRY_KEY, request.timeout_seconds or 0.0))


def _known(preset: ProviderPreset, shelf: ProviderShelf) -> KnownProvider:
    try:
        with closing(shelf.provider(preset.name)) as provider:
            return KnownProvider(preset, provider.servers, provider.credentials())
    except InvalidInput as error:
        return KnownProvider(preset, (), None, f"{error.message} {error.hint}")


def _check(preset: ProviderPreset, shelf: ProviderShelf) -> CheckedProvider:
    known = _known(preset, shelf)
    if known.missing:
        return CheckedProvider(known, ())
    with closing(shelf.provider(preset.name)) as provider:
        return CheckedProvider(known, tuple(provider.probe(server) for server in provider.servers))
