"""The providers of one user: their presets, keys and servers, and the engines that speak to them."""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import field, replace
from typing import TYPE_CHECKING

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.errors import ProviderKeyMissing
from audobon_cli.domain.providers import ProviderPreset
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.domain.units import micro_usd
from audobon_cli.presets.catalog import Presets
from audobon_cli.providers.access import ProviderAccess, checked_address
from audobon_cli.providers.breakers import BreakerRule, BreakerStates
from audobon_cli.providers.ledger import SpendingLimits, UsageLedger
from audobon_cli.providers.protocol import Provider
from audobon_cli.providers.services.registry import create_provider
from audobon_cli.settings.google import default_project
from audobon_cli.settings.locations import Locations
from audobon_cli.settings.settings import Settings
from audobon_cli.storage.os_keyring import TokenKeyring, TokenStore

if TYPE_CHECKING:
    from audobon_cli.providers.admission import Admit
    from audobon_cli.providers.engine import RemoteEngine


@dataclass(frozen=True, slots=True)
class ProviderRegistry:
    """``variables`` are the environment. Making one opens nothing."""

    presets: Presets
    settings: Settings
    variables: Mapping[str, str] = field(repr=False)
    ledger: UsageLedger = field(repr=False)
    breakers: BreakerStates = field(default_factory=BreakerStates, repr=False)
    keyring: TokenStore = field(default_factory=TokenKeyring, repr=False)

    @property
    def budget(self) -> SpendingLimits:
        """The limits of the settings; 0 means none."""
        run, month = self.settings.budget_per_run, self.settings.budget_per_month
        return SpendingLimits(micro_usd(run) if run else None, micro_usd(month) if month else None)

    def access(self, preset: ProviderPreset) -> ProviderAccess:
        """Keys and addresses for ``preset``. Raises InvalidInput for a wrong address in the settings."""
        found = ProviderAccess(preset, self.variables, self.keyring.get)
        if preset.name == "vertex-endpoint":
            return replace(found, resource=self._endpoint_name())
        if preset.name != "comfyui":
            return found
        listed = [part.strip() for part in self.settings.comfyui_servers.split(",")]
        return replace(found, servers=tuple(checked_address(part) for part in listed if part))

    def _endpoint_name(self) -> str:
        """The full name of the user's own endpoint on Vertex AI; a bare id is one in the cloud's project and region."""
        settings, name = self.settings, self.settings.vertex_endpoint
        project = settings.cloud_project or default_project(self.variables)
        if not name or "/" in name or not (project and settings.cloud_region):
            return name
        return f"projects/{project}/locations/{settings.cloud_region}/endpoints/{name}"

    def provider(self, name: str) -> Provider:
        """What speaks to the provider ``name``. Raises PresetNotFound and as create_provider."""
        return create_provider(self.access(self.presets.provider(name)))

    def together(self, request: ResolvedRequest) -> int:
        """How many pictures are drawn side by side where ``request`` is: one for each server of one's own.

        Services that bill draw one at a time, so that a run that is stopped leaves no others that are paid for.
        """
        model = request.model.remote
        if model is None or not model.price.is_free:
            return 1
        return max(1, len(self.access(self.presets.provider(model.provider)).servers))

    def check_key(self, name: str) -> None:
        """Raise ProviderKeyMissing if ``name`` needs a key and none is found."""
        preset = self.presets.provider(name)
        with closing(self.provider(name)) as provider:
            found = provider.credentials()
        if found is None:
            signing_in = f"`{preset.sign_in}`, or " if preset.sign_in else ""
            raise ProviderKeyMissing(
                f"There is no key for {preset.title}.",
                hint=f"set {' or '.join(preset.keys)}, or {signing_in}`audobon providers login {name}`",
                provider=name,
            )

    def engine(self, name: str, admit: "Admit | None" = None) -> "RemoteEngine":
        """The engine of the provider ``name``; ``admit`` judges what fits its servers. Imports its libraries; opens no
        connection."""
        from audobon_cli.providers.admission import Admission
        from audobon_cli.providers.call import Caller
        from audobon_cli.providers.engine import RemoteEngine
        from audobon_cli.providers.retry import RETRY_POLICY

        settings = self.settings
        preset = self.presets.provider(name)
        admission = None if admit is None else Admission(admit)
        return RemoteEngine(
            Caller(
                preset,
                self.provider(name),
                self.ledger,
                self.budget,
                replace(RETRY_POLICY, failures=settings.providers_retries),
                admission=admission,
                rule=BreakerRule(
                    settings.providers_breaker_failures, settings.providers_breaker_pause_seconds
                ),
                breakers=self.breakers,
            )
        )


def open_providers(
    presets: Presets, settings: Settings, variables: Mapping[str, str], locations: Locations
) -> ProviderRegistry:
    """The providers of a user whose folders are ``locations``. Opens nothing; with ``offline`` set nothing will."""
    from audobon_cli.engines.sockets import import_without_sockets

    if settings.offline:
        import_without_sockets()
    ledger = UsageLedger(locations.usage, settings.lock_wait_seconds)
    return ProviderRegistry(presets, settings, variables, ledger, BreakerStates(locations.breakers))
