"""Looking at providers: what is known of them, whether they can be reached, what would be sent."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from audobon_cli.domain.errors import (
    InvalidInput,
    ProviderError,
    ProviderKeyMissing,
    ProviderUnreachable,
    SourceOffline,
)
from audobon_cli.domain.model import LOCAL
from audobon_cli.domain.providers import ProviderPreset, RemoteModel
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.domain.units import usd
from audobon_cli.providers.breakers import BreakerRecord
from audobon_cli.providers.protocol import OwnServers, Preview, Probe, RemoteRequest, ServerFiles
from audobon_cli.providers.registry import ProviderRegistry

NONE_NEEDED = "none needed"
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

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready, as `audobon providers list --json` has it."""
        usual = self.preset.models[self.preset.default_model]
        return {
            "name": self.preset.name,
            "title": self.preset.title,
            "model": usual.name,
            "price_usd": usd(usual.price.estimate("optimized", usual.native)),
            "price_unknown": usual.price.unknown,
            "key": NONE_NEEDED if self.credentials == "" else self.credentials,
            "key_variables": list(self.preset.keys),
            "servers": list(self.servers),
            "missing": self.missing or None,
        }


@dataclass(frozen=True, slots=True)
class CheckedProvider:
    """What a provider's servers said."""

    known: KnownProvider
    probes: tuple[Probe, ...]
    breakers: tuple[BreakerRecord, ...] = ()
    """Of those of its servers that failed of late."""


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


SMALL_SIDE = 64
"""Pixels of a side that show whether a server draws at all, on a processor in seconds."""


def smallest_side(model: RemoteModel) -> int | None:
    """The side of the smallest square that ``model`` draws, from SMALL_SIDE on; None where sizes are not free."""
    if model.sizes or "width" not in model.parameters:
        return None
    least = max(SMALL_SIDE, model.minimum)
    return -(-least // model.multiple) * model.multiple


def unusable(found: Iterable[CheckedProvider], all_of_them: bool = False) -> ProviderError | None:
    """That none of the providers can draw, or with ``all_of_them`` that one cannot, with the reason of the first
    that cannot; None if they can. A provider can if one of its servers does."""
    looked = tuple(found)
    failing = [one for one in looked if not any(map(_works, one.probes))]
    if not failing or (len(failing) < len(looked) and not all_of_them):
        return None
    probes = [probe for one in failing for probe in one.probes]
    names = ", ".join(one.known.preset.name for one in failing)
    cannot = (
        f"No provider can be used ({names})"
        if len(failing) == len(looked)
        else f"{len(failing)} of {len(looked)} providers cannot be used ({names})"
    )
    why = next(
        (f"{probe.server}: {probe.problem}" for probe in probes if probe.problem), "no key, or no library"
    )
    if probes and all(probe.key_works is False for probe in probes):
        return ProviderKeyMissing(
            f"{cannot}: keys are missing or refused.",
            hint="`audobon providers list` names the variable of each key; `audobon providers login NAME` keeps one",
        )
    return ProviderUnreachable(
        f"{cannot}. The first: {why}.",
        hint="start the server, or name another one with the setting comfyui_servers; `audobon providers list`",
    )


def _works(probe: Probe) -> bool:
    return probe.reachable and probe.key_works is not False and not probe.problem


def failed_servers(registry: ProviderRegistry, provider: str) -> tuple[BreakerRecord, ...]:
    """What is known of servers of ``provider`` that failed of late."""
    return tuple(one for one in registry.breakers.all() if one.provider == provider)


def reset_providers(names: Iterable[str], registry: ProviderRegistry) -> tuple[BreakerRecord, ...]:
    """Ask servers of the providers named (of all if none is) again at once; what had been known against them.

    Raises PresetNotFound for a name that is none.
    """
    return registry.breakers.reset([registry.presets.provider(name).name for name in names])


def list_server_files(registry: ProviderRegistry) -> tuple[ServerFiles, ...]:
    """What each ComfyUI server of the settings could load by its own list. Raises SourceOffline, InvalidInput."""
    if registry.settings.offline:
        raise SourceOffline(
            "A server's own list is on the network, and --offline forbids that.", hint="leave out --offline"
        )
    with closing(registry.provider("comfyui")) as provider:
        if not isinstance(provider, OwnServers):
            return ()
        return tuple(provider.files(server) for server in provider.servers)


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
        probes = tuple(provider.probe(server) for server in provider.servers)
    return CheckedProvider(known, probes, failed_servers(registry, preset.name))
