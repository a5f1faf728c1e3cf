"""``audobon cloud logs``."""

import time
from typing import TYPE_CHECKING, Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.requests.cloud_contexts import CloudServices, look_seconds
from audobon_cli.cli.requests.cloud_options import CloudOptions, money_of
from audobon_cli.cli.session import Session
from audobon_cli.domain.errors import CloudMissing

if TYPE_CHECKING:
    from audobon_cli.cloud.jobs import CloudJobs, LogLine
    from audobon_cli.cloud.listing import ListedJob


@command("logs", examples=["audobon cloud logs", "audobon cloud logs 4f2a91c07be3d658 --follow"])
def logs(
    session: Session,
    where: CloudOptions,
    run: Annotated[
        str, typer.Argument(metavar="[RUN]", help="A run of `audobon cloud status`; without it the newest.")
    ] = "",
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Wait for more until the run has ended.")
    ] = False,
) -> None:
    """Show what the tasks of a run wrote."""
    lines: list[LogLine] = []
    with CloudServices(session) as services:
        newest = _newest(session, services.everywhere(where.project, where.region), run)
        service, job, since = newest.service, newest.job, None
        while True:
            fresh = [one for one in service.logs(job, since) if since is None or one.time > since]
            for one in fresh:
                if not session.out.for_scripts:
                    session.out.line(f"{one.time:%H:%M:%S} {one.task} {one.text}")
            lines += fresh
            since = lines[-1].time if lines else None
            found = service.find(job.run)
            if not follow or found is None or (found.state.ended and not fresh):
                break
            time.sleep(look_seconds())
    data = {
        "run": job.run,
        "lines": [
            {"time": one.time.isoformat(), "task": one.task, "severity": one.severity, "text": one.text}
            for one in lines
        ],
    }
    session.out.result(data, lambda: None)


def _newest(session: Session, services: "list[CloudJobs]", run: str) -> "ListedJob":
    from audobon_cli.cloud.deployment import WORKER
    from audobon_cli.cloud.listing import labelled_everywhere

    found = labelled_everywhere(services, {}, money_of(session), session.out.warn)
    jobs = [one for one in found if one.job.kind != WORKER and run in ("", one.job.run)]
    if not jobs:
        raise CloudMissing(
            f"No run {run} is in the cloud.".replace("  ", " "),
            hint="`audobon cloud status --all` shows those there are; runs that are paid are taken off",
        )
    return max(jobs, key=lambda one: (one.job.created is not None, one.job.created))
