"""Let runs begin at set hours."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.requests.cloud_contexts import CloudServices, place_of
from audobon_cli.cli.requests.cloud_options import CloudOptions, money_of
from audobon_cli.cli.screen.columns import Column, Kind
from audobon_cli.cli.session import Session
from audobon_cli.domain.units import format_time, format_usd, plural, usd

if TYPE_CHECKING:
    from collections.abc import Iterable

    from audobon_cli.cloud.queue_runs.submit import QueueRunPlan
    from audobon_cli.cloud.schedules.standing import StandingSchedule

GROUP = ("add", "list", "remove")
USUAL_NAME = "queue"
COLUMNS = (
    Column("schedule"),
    Column("when"),
    Column("zone"),
    Column("state"),
    Column("next"),
    Column("this month", Kind.NUMBER),
    Column("at most", Kind.NUMBER),
)
Name = Annotated[str, typer.Option("--name", metavar="NAME", help="Name of the schedule.")]


@dataclass(frozen=True, slots=True)
class ScheduleOptions:
    """Which, when, and as whom."""

    PANEL: ClassVar[str] = "Schedule"

    name: Name = USUAL_NAME
    time_zone: Annotated[
        str, typer.Option("--time-zone", metavar="ZONE", help="Zone of its hours, as Europe/Berlin.")
    ] = "Etc/UTC"
    starter: Annotated[
        str,
        typer.Option(
            "--starter", metavar="EMAIL", help="Account that Cloud Scheduler begins runs as (the setting's)."
        ),
    ] = ""


@command(
    "add",
    examples=[
        'audobon cloud schedule add "0 3 * * *" --per-month 5',
        'audobon cloud schedule add "*/30 8-18 * * 1-5" --per-month 20 --time-zone Europe/Berlin',
    ],
)
def add(
    session: Session,
    where: CloudOptions,
    chosen: ScheduleOptions,
    per_month: Annotated[
        float, typer.Option("--per-month", min=0.01, metavar="USD", help="What a month of it may cost.")
    ],
    cron: Annotated[
        str, typer.Argument(metavar="CRON", help="Minute, hour, day, month and weekday, as cron.")
    ],
    place: Annotated[
        str,
        typer.Option("--place", metavar="PLACE", help="Where slices and results lie, as gs://BUCKET/FOLDER."),
    ] = "",
) -> None:
    """Let Cloud Scheduler begin a run at set hours.

    It does what `audobon cloud run --through schedule` leaves at the place, with the image and machine of `cloud
    deploy`. The month's sum is reserved in the budget, and each execution holds itself to it. Adding it again changes
    it.
    """
    from audobon_cli.cloud.deployment import deployed
    from audobon_cli.cloud.schedules.standing import ScheduleOrder
    from audobon_cli.domain.units import micro_usd

    workspace = session.workspace
    starter = chosen.starter or workspace.settings.cloud_starter
    with CloudServices(session) as services:
        service = services.at(where.project, where.region)
        schedules = workspace.cloud.schedules(service, money_of(session))
        limit = round(micro_usd(per_month))
        wanted = ScheduleOrder(chosen.name, cron, chosen.time_zone, starter, limit)
        made = schedules.add(wanted, deployed(service), place_of(session, place))
        may = service.let_run(made.run_job, starter)
        region = service.region
    data = {
        "schedule": chosen.name,
        "job": made.run_job,
        "cron": made.cron,
        "time_zone": made.time_zone,
        "starter": made.starter,
        "next": made.next_time.isoformat() if made.next_time else None,
        "per_month_usd": per_month,
    }
    session.out.result(data, lambda: session.out.line(f"{chosen.name}\t{made.cron}\t{made.time_zone}"))
    session.out.note(
        f"{format_usd(limit)} of this month's budget are reserved. `audobon cloud run --through schedule` "
        "leaves the queue's jobs for it; `audobon cloud run --collect` files what it did."
    )
    if not may:
        session.out.warn(
            f"Whether {starter} may run it could not be settled: gcloud run jobs add-iam-policy-binding "
            f"{made.run_job} --region {region} --member serviceAccount:{starter} --role roles/run.invoker"
        )


@command("list", examples=["audobon cloud schedule list", "audobon cloud schedule list --json"])
def list_(session: Session, where: CloudOptions) -> None:
    """Show schedules, and what they cost this month.

    Reserves the sum of a month that has begun; where the budget has no room for it, the schedule is paused. One whose
    job of Cloud Run is gone is listed as such, with the command that removes it.
    """
    with CloudServices(session) as services:
        service = services.at(where.project, where.region)
        schedules = session.workspace.cloud.schedules(service, money_of(session))
        refused = schedules.roll()
        found = schedules.all()
    data = {"schedules": [_data(one, where) for one in found]}
    session.out.result(data, lambda: session.out.table(COLUMNS, [_row(one) for one in found]))
    tell_refused(session, refused)
    tell_left_over(session, where, found)


@command("remove", examples=["audobon cloud schedule remove", "audobon cloud schedule remove --name nightly"])
def remove(session: Session, where: CloudOptions, name: Name = USUAL_NAME) -> None:
    """End a schedule, and what runs of it.

    What it did waits at the place for `audobon cloud run --collect`. One whose job of Cloud Run is gone is taken off
    Cloud Scheduler.
    """
    with CloudServices(session) as services:
        service = services.at(where.project, where.region)
        ended = session.workspace.cloud.schedules(service, money_of(session)).remove(name)
    data = {"schedule": name, "job": ended.job_name, "cost_usd": usd(ended.cost)}
    session.out.result(data, lambda: session.out.line(ended.job_name))
    if ended.job_gone:
        session.out.note(
            "Its job was gone from Cloud Run, and with it what it came to: "
            f"the {format_usd(ended.cost)} reserved for it count as spent."
        )
    else:
        session.out.note(f"{format_usd(ended.cost)} spent this month.")


def tell_refused(session: Session, names: list[str]) -> None:
    """Say which schedules begin nothing this month."""
    for name in names:
        session.out.warn(
            f"The budget has no room for this month of the schedule {name}: it is paused. "
            "`audobon cloud schedule add` with a smaller --per-month begins it again."
        )


def tell_left_over(session: Session, where: CloudOptions, schedules: "Iterable[StandingSchedule]") -> None:
    """Say of which of ``schedules`` only Cloud Scheduler knows, and what takes them off."""
    for one in schedules:
        if one.job is None:
            session.out.warn(
                f"The job of the schedule {one.name} is gone from Cloud Run, and Cloud Scheduler still asks for it: "
                f"`{_removing(one, where)}` takes it off, `audobon cloud schedule add` with --name {one.name} "
                "makes it again."
            )


def _removing(one: "StandingSchedule", where: CloudOptions) -> str:
    """The command that ends a schedule, at the place that was asked for."""
    named = {"--name": one.name, "--project": where.project, "--region": where.region}
    return " ".join(
        ["audobon cloud schedule remove", *(f"{key} {said}" for key, said in named.items() if said)]
    )


def show_plan(session: Session, services: CloudServices, where: CloudOptions, plan: "QueueRunPlan") -> None:
    """What schedules would do with the jobs of ``plan``, and when; changes nothing."""
    service = services.at(where.project, where.region)
    every = session.workspace.cloud.schedules(service, money_of(session)).all()
    tell_left_over(session, where, every)
    found = [one for one in every if one.job is not None]
    prices = [one.limit.longest_micro_usd for one in found if one.limit is not None]
    data = {
        "jobs": [int(job.number) for job in plan.jobs],
        "staying": plan.staying,
        "tasks": plan.order.tasks,
        "through": "schedule",
        "at_most_usd": usd(max(prices)) if prices else None,
        "schedules": [_data(one, where) for one in found],
    }

    def view() -> None:
        session.out.line(
            f"{plural(len(plan.jobs), 'job')} in {plural(plan.order.tasks, 'slice')}, left at the place"
        )
        for why, count in plan.staying.items():
            session.out.line(f"{plural(count, 'job')} not taken: {why}")
        for one in found:
            session.out.line(_planned_words(one))

    session.out.result(data, view)
    if not found:
        session.out.note("No schedule would do them: `audobon cloud schedule add CRON --per-month USD`")


def _planned_words(one: "StandingSchedule") -> str:
    _, cron, zone, state, following, spent, most = _row(one)
    times = f"{cron} {zone}, {state}" if one.times else state
    at = f", next {following}" if following else ""
    price = f"{format_usd(one.limit.longest_micro_usd)} a run at most, " if one.limit else ""
    sums = f"{most} a month at most, " if most else ""
    return f"{one.name}: {times}{at}; {price}{sums}{spent} spent this month"


def _state(one: "StandingSchedule") -> str:
    if one.job is None:
        return "no job"
    if one.times is None:
        return "no times"
    return "paused" if one.times.paused else one.times.problem or "on"


def _data(one: "StandingSchedule", where: CloudOptions) -> dict[str, Any]:
    times = one.times
    return {
        "schedule": one.name,
        "job": one.job.name if one.job else None,
        "cron": times.cron if times else None,
        "time_zone": times.time_zone if times else None,
        "starter": times.starter if times else None,
        "state": _state(one),
        "next": times.next_time.isoformat() if times and times.next_time else None,
        "running": one.job.running if one.job else 0,
        "spent_usd": None if one.spent is None else usd(one.spent),
        "per_run_usd": usd(one.limit.longest_micro_usd) if one.limit else None,
        "per_month_usd": usd(one.limit.month_micro_usd) if one.limit else None,
        "remove": _removing(one, where),
    }


def _row(one: "StandingSchedule") -> tuple[str, ...]:
    times = one.times
    following = format_time(times.next_time) if times and times.next_time else ""
    most = format_usd(one.limit.month_micro_usd) if one.limit else ""
    zone, cron = (times.time_zone, times.cron) if times else ("", "")
    spent = "" if one.spent is None else format_usd(one.spent)
    return one.name, cron, zone, _state(one), following, spent, most
