"""``audobon cloud status``."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from audobon_cli.cli.cloud.contexts import CloudServices
from audobon_cli.cli.options import command
from audobon_cli.cli.requests.cloud_options import CloudOptions, money_of
from audobon_cli.cli.screen.columns import Column, Kind
from audobon_cli.cli.session import Session
from audobon_cli.domain.units import format_time, format_usd, usd

if TYPE_CHECKING:
    from audobon_cli.cloud.jobs import CloudJob

COLUMNS = (
    Column("run"),
    Column("for"),
    Column("state"),
    Column("tasks", Kind.NUMBER),
    Column("since"),
    Column("so far", Kind.NUMBER),
)


@command("status", examples=["audobon cloud status", "audobon cloud status --all --json"])
def status(
    session: Session,
    where: CloudOptions,
    everyone: Annotated[
        bool, typer.Option("--all", help="Also what other machines began in the project.")
    ] = False,
) -> None:
    """Show what of ours is in the cloud, and what it costs.

    Found by label, whatever was killed here. What has ended stays listed until it is paid and taken off.
    """
    from audobon_cli.cloud.deployment import WORKER
    from audobon_cli.cloud.jobs import OWNER_LABEL

    money = money_of(session)
    labels = {} if everyone else {OWNER_LABEL: session.workspace.cloud.machine}
    with CloudServices(session) as services:
        service = services.at(where.project, where.region)
        jobs = service.labelled(labels)
        runs = [job for job in jobs if job.kind != WORKER]
        deployed = next((job for job in jobs if job.kind == WORKER), None)
        costs = {job.run: money.so_far(service, job) for job in runs}
    reserved = {one.id: one.micro_usd for one in money.unsettled(service.service)}
    data = {
        "project": service.connection.place.project,
        "region": service.region,
        "deployed": None if deployed is None else {"image": deployed.image, "machine": deployed.machine.name},
        "runs": [_data(job, costs[job.run], reserved.get(job.run)) for job in runs],
        "reserved_usd": usd(sum(reserved.values())),
        "spent_this_month_usd": usd(money.ledger.spent_this_month()),
    }

    def view() -> None:
        session.out.table(COLUMNS, [_row(job, costs[job.run]) for job in runs])

    session.out.result(data, view)
    held, spent = format_usd(sum(reserved.values())), format_usd(money.ledger.spent_this_month())
    session.out.note(f"{held} reserved; {spent} spent or reserved this month.")


def _data(job: "CloudJob", cost: int, reserved: int | None) -> dict[str, Any]:
    return {
        "run": job.run,
        "kind": job.kind,
        "name": job.name,
        "state": job.state.value,
        "tasks": job.tasks,
        "running": job.running,
        "succeeded": job.succeeded,
        "failed": job.failed,
        "retried": job.retried,
        "created": job.created.isoformat() if job.created else None,
        "so_far_usd": usd(cost),
        "reserved_usd": None if reserved is None else usd(reserved),
        "error": None if job.error is None else {"code": job.error.code, "message": job.error.message},
        "log_url": job.log_url or None,
    }


def _row(job: "CloudJob", cost: int) -> tuple[str, ...]:
    since = format_time(job.created) if job.created else ""
    return job.run, job.kind, job.state.value, f"{job.succeeded}/{job.tasks}", since, format_usd(cost)
