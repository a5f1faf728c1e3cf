"""What the commands of ``audobon cloud`` share: services, places and runs opened, and closed again."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from audobon_cli.cli.requests.cloud_options import money_of
from audobon_cli.cli.session import Session
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.events import Listener, ignore

if TYPE_CHECKING:
    from collections.abc import Callable

    from audobon_cli.cloud.cloud_run.jobs import CloudRunJobs
    from audobon_cli.cloud.jobs import CloudJobs
    from audobon_cli.cloud.queue_runs.context import QueueRunContext
    from audobon_cli.remotes.base import Remote


class CloudServices:
    """Services of the session, one of a name for each project and region; and places. A context manager."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: dict[tuple[str, str, str], CloudJobs] = {}
        self._stack = ExitStack()

    def __enter__(self) -> "CloudServices":
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def at(self, project: str, region: str) -> "CloudRunJobs":
        """Cloud Run there; "" for what settings say. Raises InvalidInput."""
        from audobon_cli.cloud.cloud_run.jobs import CloudRunJobs
        from audobon_cli.cloud.services import CLOUD_RUN

        found = self.jobs(project, region, CLOUD_RUN.name)
        assert isinstance(found, CloudRunJobs)
        return found

    def jobs(self, project: str, region: str, service: str) -> "CloudJobs":
        """The service called ``service`` there; "" for what settings say. Raises InvalidInput."""
        cloud = self._session.workspace.cloud
        place = cloud.place(project, region)
        key = (service, place.project, place.region)
        if key not in self._known:
            self._known[key] = cloud.jobs(place, service)
            self._stack.callback(self._known[key].connection.close)
        return self._known[key]

    def everywhere(self, project: str, region: str) -> "list[CloudJobs]":
        """All services there that run jobs."""
        from audobon_cli.cloud.services import SERVICES

        return [self.jobs(project, region, one.name) for one in SERVICES]

    def remote(self, address: str) -> "Remote":
        """The place at ``address``. Raises what a Remote raises."""
        from audobon_cli.backup.destinations import Destination

        return self._session.workspace.backup.remote(Destination(address), create=True)


@contextmanager
def opened_runs(
    session: Session, listen: Listener = ignore, should_stop: "Callable[[], bool]" = lambda: False
) -> "Iterator[tuple[QueueRunContext, CloudServices]]":
    """What runs of the session's library work with."""
    from audobon_cli.cloud.queue_runs.context import QueueRunContext
    from audobon_cli.cloud.queue_runs.records import RunRecords
    from audobon_cli.queue.open import open_queue

    workspace = session.workspace
    with CloudServices(session) as services:
        context = QueueRunContext(
            environment=workspace,
            store=open_queue(workspace.library),
            service_at=services.jobs,
            remote_at=services.remote,
            money=money_of(session),
            records=RunRecords(workspace.locations.data / "cloud" / "runs"),
            listen=listen,
            should_stop=should_stop,
            look_seconds=look_seconds(),
        )
        yield context, services


def look_seconds() -> float:
    """How long is waited between two looks at a run; the variable is for tests."""
    import os

    return float(os.environ.get("AUDOBON_CLOUD_LOOK_SECONDS") or 5.0)


def place_of(session: Session, given: str) -> str:
    """Where slices and results lie. Raises InvalidInput where nothing says it."""
    place = given or session.workspace.settings.cloud_place
    if not place:
        raise InvalidInput(
            "No place is chosen for slices and results.",
            hint="give --place gs://BUCKET/audobon, or `audobon config set cloud_place gs://BUCKET/audobon`",
        )
    return place
