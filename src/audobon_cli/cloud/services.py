"""The services that run jobs: one more is a class that keeps the contract of `jobs.py`, and a line here."""

from collections.abc import Callable
from dataclasses import dataclass

from audobon_cli.cloud.cloud_run.jobs import CloudRunJobs
from audobon_cli.cloud.connection import CloudConnection
from audobon_cli.cloud.jobs import CloudJobs
from audobon_cli.cloud.vertex.jobs import VertexJobs
from audobon_cli.domain.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class JobService:
    """A service. ``name`` is that of CloudJobs.service, ``word`` what users type, ``title`` what they read.

    ``open`` opens it by a connection in a region. A run of training takes ``usual_seconds`` at most, unless somebody
    says how long, and is begun again ``usual_retries`` times.
    """

    name: str
    word: str
    title: str
    open: Callable[[CloudConnection, str], CloudJobs]
    usual_seconds: int
    usual_retries: int


CLOUD_RUN = JobService("cloud-run", "cloudrun", "Cloud Run", CloudRunJobs, 3600, 3)
"""An attempt with a card ends after an hour; so many more go on from its checkpoint."""
VERTEX_AI = JobService("vertex-ai", "vertex", "Vertex AI", VertexJobs, 4 * 3600, 3)
"""The time-out is that of all attempts."""
SERVICES = (CLOUD_RUN, VERTEX_AI)


def service_named(name: str) -> JobService:
    """The service called ``name``, by the price table or by users. Raises InvalidInput."""
    for one in SERVICES:
        if name in (one.name, one.word):
            return one
    words = " or ".join(one.word for one in SERVICES)
    raise InvalidInput(f"Runs are not trained on {name!r}.", hint=f"give --on {words}, or leave it out")
