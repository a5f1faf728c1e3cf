"""``audobon services start`` and ``stop``."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.services.startable import (
    USUAL_KEEP,
    USUAL_PORT,
    ServiceName,
    StartOptions,
    service_of,
    studio_addresses,
)
from audobon_cli.cli.session import Session
from audobon_cli.domain.errors import AudobonError, ServiceEnding
from audobon_cli.domain.units import parse_seconds, plural

if TYPE_CHECKING:
    from audobon_cli.services.control import Begun, Ended

Wanted = Annotated[list[ServiceName], typer.Argument(metavar="NAME...", help="Which services.")]
Running = Annotated[
    list[ServiceName] | None,
    typer.Argument(metavar="[NAME...]", help="Which services; all if none is named."),
]


@command(
    "start",
    examples=[
        "audobon services start workers monitor",
        "audobon services start studio",
        "audobon services start warm --keep 2h",
    ],
)
def start(
    session: Session,
    names: Wanted,
    workers: Annotated[
        int, typer.Option("--workers", "-w", min=1, max=1024, help="How many workers there shall be.")
    ] = 1,
    port: Annotated[
        int,
        typer.Option("--port", min=0, max=65535, help="The studio's port of 127.0.0.1; 0 takes a free one."),
    ] = USUAL_PORT,
    keep: Annotated[
        str, typer.Option("--keep", metavar="TIME", help="How long the warm process waits for commands.")
    ] = USUAL_KEEP,
) -> None:
    """Start services, which run until they are stopped.

    warm keeps models in memory for the next command, workers run the queue, monitor watches, studio serves the page.
    What runs already is left as it is. Says when they answer, and where their logs are.
    """
    from audobon_cli.services.control import begin_service

    options = StartOptions(workers, port, parse_seconds(keep, "--keep"))
    begun: list[Begun] = []
    error: AudobonError | None = None
    for name in dict.fromkeys(names):
        try:
            folder = session.workspace.locations.services
            begun.append(begin_service(service_of(name, session, options), folder))
        except AudobonError as failed:
            error = failed
            break
    addresses = studio_addresses(session) if ServiceName.STUDIO in names else []
    data = {"services": [_begun_data(one, addresses) for one in begun]}
    session.finish(data, lambda: _show_begun(session, begun, addresses), error)


@command("stop", examples=["audobon services stop", "audobon services stop workers --wait 5m"])
def stop(
    session: Session,
    names: Running = None,
    wait: Annotated[
        str, typer.Option("--wait", metavar="TIME", help="How long to wait for the last step of each.")
    ] = "60s",
) -> None:
    """Ask services to end, and wait until they have.

    Nothing is killed: workers give the job at hand back to the queue, the warm process finishes its picture. The
    status is 50 if one is still at its last step by then; it ends after that.
    """
    from audobon_cli.services.control import end_service

    seconds = parse_seconds(wait, "--wait")
    ended = [end_service(service_of(name, session), seconds) for name in dict.fromkeys(names or ServiceName)]
    left = [one for one in ended if one.left]
    error = None
    if left:
        who = ", ".join(f"{one.service.name} (pid {', '.join(map(str, one.left))})" for one in left)
        error = ServiceEnding(
            f"Still at the last step after {wait}: {who}.",
            hint="they were asked and end by themselves; `audobon services list` shows when they have",
        )
    session.finish(
        {"services": [_ended_data(one) for one in ended]}, lambda: _show_ended(session, ended), error
    )


def _begun_data(one: "Begun", addresses: list[str]) -> dict[str, Any]:
    return {
        "name": one.service.name,
        "pids": list(one.pids),
        "ran_before": one.ran_before,
        "log": str(one.service.log),
        "addresses": addresses if one.service.name == ServiceName.STUDIO else [],
    }


def _show_begun(session: Session, begun: "list[Begun]", addresses: list[str]) -> None:
    for one in begun:
        state = "runs already" if one.ran_before else "runs"
        log = "" if one.ran_before else f"; log: {one.service.log}"
        session.out.line(f"{one.service.name} {state} (pid {', '.join(map(str, one.pids))}){log}")
        if one.service.name == ServiceName.STUDIO:
            session.out.lines(addresses)


def _ended_data(one: "Ended") -> dict[str, Any]:
    return {"name": one.service.name, "pids": list(one.pids), "left": list(one.left), "stopped": not one.left}


def _show_ended(session: Session, ended: "list[Ended]") -> None:
    running = [one for one in ended if one.pids]
    for one in running:
        words = f"{plural(len(one.left), 'process', 'processes')} left" if one.left else "ended"
        session.out.line(f"{one.service.name} {words} (pid {', '.join(map(str, one.pids))})")
    if not running:
        session.out.line("None of them runs.")
