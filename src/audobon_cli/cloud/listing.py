"""What of ours is in the cloud, whichever service runs it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from audobon_cli.cloud.jobs import CloudJob, CloudJobs
from audobon_cli.cloud.money import CloudMoney
from audobon_cli.domain.errors import AudobonError, CloudApiOff, CloudRefused


@dataclass(frozen=True, slots=True)
class ListedJob:
    """A job, and the service that runs it."""

    service: CloudJobs
    job: CloudJob


def labelled_everywhere(
    services: Sequence[CloudJobs],
    labels: Mapping[str, str],
    money: CloudMoney,
    warn: Callable[[str], None],
) -> list[ListedJob]:
    """All jobs of ours with ``labels`` on ``services``.

    A service whose API is off runs nothing, and is passed over; one that the account may not look at is, too, with a
    warning, unless something is reserved for it. Raises what the cloud raises, and where no service could be looked at,
    what was wrong with the first.
    """
    found: list[ListedJob] = []
    failures: list[AudobonError] = []
    for service in services:
        try:
            found += [ListedJob(service, job) for job in service.labelled(labels)]
        except CloudApiOff as error:
            failures.append(error)
        except CloudRefused as error:
            if money.unsettled(service.service):
                raise
            failures.append(error)
            warn(f"{error.message} Jobs of {service.service} are not shown. {error.hint}")
    if failures and len(failures) == len(services):
        raise failures[0]
    return found
