"""Where jobs in the cloud run and what they may cost, for one user: put together from settings and environment."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from audobon_cli.cloud.cloud_run.jobs import CloudRunJobs
from audobon_cli.cloud.connection import CloudConnection, CloudPlace
from audobon_cli.cloud.jobs import CloudJobs
from audobon_cli.cloud.money import CloudMoney
from audobon_cli.cloud.schedules.scheduler import CloudScheduler
from audobon_cli.cloud.schedules.standing import Schedules
from audobon_cli.cloud.services import service_named
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.events import Listener, ignore
from audobon_cli.platforms import current
from audobon_cli.providers.registry import ProviderRegistry
from audobon_cli.settings.google import cloud_endpoints, default_project, default_region, google_access
from audobon_cli.settings.locations import Locations
from audobon_cli.settings.settings import Settings
from audobon_cli.transfer.retry import GOOGLE_RETRIES


@dataclass(frozen=True)
class CloudAccess:
    """What is known of the cloud before anything is asked of it. ``presets`` are those that ship; making one opens
    nothing."""

    settings: Settings
    variables: Mapping[str, str] = field(repr=False)
    locations: Locations
    presets: Path
    providers: ProviderRegistry
    listen: Listener = ignore
    """Hears of requests that are sent again."""

    def place(self, project: str = "", region: str = "") -> CloudPlace:
        """The project and region given, else those of the settings, else those of gcloud's variables. Raises
        InvalidInput where none are said."""
        project = project or self.settings.cloud_project or default_project(self.variables)
        region = region or self.settings.cloud_region or default_region(self.variables)
        for name, value in (("project", project), ("region", region)):
            if not value:
                raise InvalidInput(
                    f"No {name} of Google Cloud is chosen.",
                    hint=f"give --{name}, or `audobon config set cloud_{name} {name.upper()}`",
                )
        return CloudPlace(
            project,
            region,
            cloud_endpoints(self.variables),
            google_access(self.variables).impersonate,
            self.settings.offline,
        )

    def jobs(self, place: CloudPlace, service: str) -> CloudJobs:
        """The service called ``service`` there. Close its connection. Raises InvalidInput for an unknown one."""
        connection = CloudConnection(place, retries=replace(GOOGLE_RETRIES, listen=self.listen))
        return service_named(service).open(connection, place.region)

    def schedules(self, service: CloudRunJobs, money: CloudMoney, everyone: bool = False) -> Schedules:
        """The schedules where ``service`` is, by its connection: this machine's, or those of ``everyone``."""
        scheduler = CloudScheduler(service.connection, service.region)
        return Schedules(service, scheduler, money, None if everyone else self.machine)

    def money(self, warn: Callable[[str], None]) -> CloudMoney:
        """The budget, told of by the ways of the settings; ``warn`` hears what went wrong with that."""
        ledger, budget = self.providers.ledger, self.providers.budget
        alerts = self.locations.usage / "alerts"
        return CloudMoney.of(ledger, budget, self.presets, self.settings, alerts, warn)

    @property
    def machine(self) -> str:
        """What tells jobs of this machine's user from others of the project: a label, which names nobody."""
        names = f"{current().host_name()}\0{self.locations.data}"
        return hashlib.sha256(names.encode(errors="surrogateescape")).hexdigest()[:16]
