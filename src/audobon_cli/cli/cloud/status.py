"""``audobon cloud status``."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from audobon_cli.cli.cloud.schedule import tell_left_over
from audobon_cli.cli.options import command
from audobon_cli.cli.requests.cloud_contexts import CloudServices
from audobon_cli.cli.requests.cloud_options import CloudOptions, money_of
from audobon_cli.cli.screen.columns import Column, Kind
from audobon_cli.cli.session import Session
from audobon_cli.domain.units import format_time, format_usd, usd

if TYPE_CHECKING:
    from audobon_cli.cloud.listing import ListedJob

COLUMNS = (
    Column("run"),
    Column("for"),
    Column("on"),
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
    from audobon_cli.cloud.listing import labelled_everywhere

    money = money_of(session)
    labels = {} if everyone else {OWNER_LABEL: session.workspace.cloud.machine}
    with CloudServices(session) as services:
        everywhere = services.everywhere(where.project, where.region)
        place = everywhere[0].connection.place
        found = labelled_everywhere(everywhere, labels, money, session.out.warn)
        runs = [one for one in found if one.job.kind != WORKER]
        deployed = next((one.job for one in found if one.job.kind == WORKER), None)
        costs = {one.job.run: money.so_far(one.service, one.job) for one in runs}
        reserved = {
            one.id: one.micro_usd for service in everywhere for one in money.unsettled(service.service)
        }
        schedules = session.workspace.cloud.schedules(
            services.at(where.project, where.region), money, everyone
        )
        left_over = schedules.left_over()
    data = {
        "project": place.project,
        "region": place.region,
        "deployed": None if deployed is None else {"image": deployed.image, "machine": deployed.machine.name},
        "runs": [_data(one, costs[one.job.run], reserved.get(one.job.run)) for one in runs],
        "reserved_usd": usd(sum(reserved.values())),
        "spent_this_month_usd": usd(money.ledger.spent_this_month()),
    }

    def view() -> None:
        session.out.table(COLUMNS, [_row(one, costs[one.job.run]) for one in runs])

    session.out.result(data, view)
    held, spent = format_usd(sum(reserved.values())), format_usd(money.ledger.spent_this_month())
    session.out.note(f"{held} reserved; {spent} spent or reserved this month.")
    tell_left_over(session, where, left_over)


def _data(listed: "ListedJob", cost: int, reserved: int | None) -> dict[str, Any]:
    job = listed.job
    return {
        "run": job.run,
        "kind": job.kind,
        "service": listed.service.service,
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


def _row(listed: "ListedJob", cost: int) -> tuple[str, ...]:
    job, service = listed.job, listed.service.service
    since = format_time(job.created) if job.created else ""
    done = f"{job.succeeded}/{job.tasks}"
    return job.run, job.kind, service, job.state.value, done, since, format_usd(cost)
