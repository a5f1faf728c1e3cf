"""``audobon cloud run``."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import typer

from audobon_cli.cli.cloud.deploy import Place
from audobon_cli.cli.cloud.schedule import show_plan
from audobon_cli.cli.options import command
from audobon_cli.cli.repository_options import Yes
from audobon_cli.cli.requests.cloud_contexts import CloudServices, opened_runs, place_of
from audobon_cli.cli.requests.cloud_options import CloudMachineOptions, CloudOptions, money_of
from audobon_cli.cli.session import Session
from audobon_cli.cli.spending_views import agree_to_spend
from audobon_cli.domain.errors import AudobonError, InvalidInput
from audobon_cli.domain.units import format_usd, plural, usd

if TYPE_CHECKING:
    from audobon_cli.cloud.cloud_run.jobs import CloudRunJobs
    from audobon_cli.cloud.jobs import CloudJobOrder
    from audobon_cli.cloud.queue_runs.context import QueueRunContext
    from audobon_cli.cloud.queue_runs.run import QueueRunReport
    from audobon_cli.cloud.queue_runs.submit import QueueRunPlan

STOPPING = "Ending the run in the cloud; what is done is filed."
USUAL_TASKS = 4


class Through(StrEnum):
    """Who begins the tasks of a run."""

    JOB = "job"
    TASKS = "tasks"
    SCHEDULE = "schedule"


@dataclass(frozen=True, slots=True)
class QueueRunOptions:
    """Which jobs, and how they are divided."""

    PANEL: ClassVar[str] = "Run"

    tasks: Annotated[
        int, typer.Option("--tasks", min=1, max=1000, help="Tasks among which the jobs are divided.")
    ] = USUAL_TASKS
    most: Annotated[int, typer.Option("--max-jobs", min=0, help="Take this many jobs; 0: all.")] = 0
    place: Place = ""
    through: Annotated[
        Through,
        typer.Option(
            "--through",
            help="Who begins tasks: Cloud Run all at once, Cloud Tasks one by one, or a schedule at its hour.",
        ),
    ] = Through.JOB
    per_second: Annotated[
        float,
        typer.Option("--per-second", min=0.01, max=500, help="With --through tasks: begin at most so many."),
    ] = 1.0
    own_models: Annotated[
        bool,
        typer.Option("--own-models", help="Also jobs of models that are not built in; the image has them."),
    ] = False


@command("run", examples=["audobon cloud run --plan", "audobon cloud run --tasks 8 --timeout 20m --yes"])
def run(
    session: Session,
    where: CloudOptions,
    on: CloudMachineOptions,
    chosen: QueueRunOptions,
    collect: Annotated[
        bool, typer.Option("--collect", help="Bring earlier runs to their end; begin none.")
    ] = False,
    plan: Annotated[
        bool, typer.Option("--plan", help="Say what would be done and what it costs at most.")
    ] = False,
    yes: Yes = False,
) -> None:
    """Do the queue's pictures and sounds in the cloud.

    The price of the longest time is reserved in the budget before anything is sent. Each result is verified and filed
    once. Killed, it goes on with the next `audobon cloud run`; Ctrl-C ends the run there, too.
    """
    from audobon_cli.cloud.queue_runs.run import bring_to_end

    if chosen.through is Through.SCHEDULE and not plan and not collect:
        _leave(session, (where, on), chosen)
        return
    with opened_runs(session) as (context, services):
        if plan:
            found = _planned(session, context, services, (where, on), chosen)
            if chosen.through is Through.SCHEDULE:
                show_plan(session, services, where, found)
            else:
                _show_plan(session, found)
            return
        _roll(session, services, where)
        with _followed(session, context) as followed:
            reports = list(bring_to_end(followed))
        if not collect and not any(one.stopped for one in reports):
            found = _planned(session, context, services, (where, on), chosen)
            if found.jobs:
                agree_to_spend(session, found.longest.micro_usd, yes)
                with _followed(session, context) as followed:
                    service = services.at(where.project, where.region)
                    reports.append(_do(session, followed, service, found, place_of(session, chosen.place)))
            elif not reports:
                raise InvalidInput(
                    "No job waits that could be done in the cloud.",
                    hint="`audobon queue add PROMPT` adds some; `audobon cloud run --plan` says why others stay",
                )
    _finish(session, reports)


def _roll(session: Session, services: CloudServices, where: CloudOptions) -> None:
    """Settle the months of schedules that are over, and reserve the one that has begun."""
    from audobon_cli.cloud.schedules.standing import is_due

    money = money_of(session)
    if is_due(money):
        schedules = session.workspace.cloud.schedules(services.at(where.project, where.region), money)
        for name in schedules.roll():
            session.out.warn(f"The schedule {name} is paused: the budget has no room for this month of it.")


def _leave(
    session: Session, options: tuple[CloudOptions, CloudMachineOptions], chosen: QueueRunOptions
) -> None:
    """Leave what waits in the queue at the place, for a schedule."""
    from audobon_cli.cloud.queue_runs.run import leave_slices
    from audobon_cli.cloud.queue_runs.submit import new_record

    with opened_runs(session) as (context, services):
        place = place_of(session, chosen.place)
        found = _planned(session, context, services, options, chosen)
        if not found.jobs:
            raise InvalidInput(
                "No job waits that could be done in the cloud.",
                hint="`audobon queue add PROMPT` adds some; `audobon cloud run --plan` says why others stay",
            )
        leave_slices(context, found, new_record(context, found, "", "", place), for_schedule=True)
    jobs = [int(job.number) for job in found.jobs]
    data = {"run": found.order.run, "jobs": jobs, "tasks": found.order.tasks, "place": place}
    session.out.result(data, lambda: session.out.line(f"{found.order.run}\t{plural(len(jobs), 'job')}"))
    session.out.note(
        "They are done at the hours of `audobon cloud schedule list`, within its month's sum; "
        "`audobon cloud run --collect` files them."
    )


@contextmanager
def _followed(session: Session, context: "QueueRunContext") -> "Iterator[QueueRunContext]":
    """``context`` with progress and Ctrl-C."""
    from audobon_cli.cli.interruption import Interruption
    from audobon_cli.cli.listening import listening

    with Interruption(session.out, STOPPING) as interruption, listening(session.out) as listen:
        yield replace(context, listen=listen, should_stop=interruption.should_stop)


def _planned(
    session: Session,
    context: "QueueRunContext",
    services: CloudServices,
    options: tuple[CloudOptions, CloudMachineOptions],
    chosen: QueueRunOptions,
) -> "QueueRunPlan":
    from audobon_cli.cloud.deployment import deployed
    from audobon_cli.cloud.queue_runs.submit import JobChoice, plan_run

    (where, on), chosen = options, chosen
    service = services.at(where.project, where.region)
    order = _order(session, context, deployed(service), on, chosen.tasks)
    if chosen.through is Through.TASKS:
        order = replace(order, starter=_starter(session), per_second=chosen.per_second)
    return plan_run(
        context, order, service.service, service.region, JobChoice(chosen.most, chosen.own_models)
    )


def _starter(session: Session) -> str:
    """The account as which Cloud Tasks begins executions. Raises InvalidInput where none is chosen."""
    starter = session.workspace.settings.cloud_starter
    if not starter:
        raise InvalidInput(
            "No service account is chosen that Cloud Tasks begins runs as.",
            hint="audobon config set cloud_starter EMAIL",
        )
    return starter


def _order(
    session: Session, context: "QueueRunContext", usual: "CloudJobOrder", on: CloudMachineOptions, tasks: int
) -> "CloudJobOrder":
    from audobon_cli.cloud.jobs import OWNER_LABEL

    return replace(
        usual,
        run=context.records.new_run(),
        kind="queue",
        machine=on.machine(usual.machine),
        tasks=tasks,
        retries=usual.retries if on.retries is None else on.retries,
        timeout_seconds=on.timeout_seconds(usual.timeout_seconds),
        labels={OWNER_LABEL: session.workspace.cloud.machine},
        variables={**usual.variables, "PYTHONUNBUFFERED": "1"},
    )


def _do(
    session: Session,
    context: "QueueRunContext",
    service: "CloudRunJobs",
    plan: "QueueRunPlan",
    place: str,
) -> "QueueRunReport":
    from audobon_cli.cloud.queue_runs.run import run_in_cloud
    from audobon_cli.cloud.queue_runs.submit import new_record

    words: tuple[str, ...] = ("cloud", "worker", place, "--run", plan.order.run)
    if plan.order.starter:
        words = (*words, "--next")
    plan = replace(plan, order=replace(plan.order, command=words))
    record = new_record(context, plan, service.connection.place.project, service.region, place)
    price = format_usd(plan.longest.micro_usd)
    session.out.note(
        f"{plural(len(plan.jobs), 'job')} in {plural(plan.order.tasks, 'task')}; {price} at most."
    )
    return run_in_cloud(context, plan, record)


def _show_plan(session: Session, plan: "QueueRunPlan") -> None:
    longest = plan.longest
    data = {
        "jobs": [int(job.number) for job in plan.jobs],
        "staying": plan.staying,
        "tasks": plan.order.tasks,
        "through": "tasks" if plan.order.starter else "job",
        "retries": plan.order.retries,
        "timeout_seconds": plan.order.timeout_seconds,
        "machine": plan.order.machine.name,
        "image": plan.order.image,
        "at_most_usd": usd(longest.micro_usd),
        "price": {"source": longest.price.source, "as_of": longest.price.as_of},
    }

    def view() -> None:
        session.out.line(
            f"{plural(len(plan.jobs), 'job')} in {plural(plan.order.tasks, 'task')} on {plan.order.machine.name}"
        )
        for why, count in plan.staying.items():
            session.out.line(f"{plural(count, 'job')} not taken: {why}")
        session.out.line(f"Cost: {longest.words}")

    session.out.result(data, view)


def _finish(session: Session, reports: "list[QueueRunReport]") -> None:
    errors: list[AudobonError] = [error for one in reports if (error := one.error()) is not None]
    data: dict[str, Any] = {
        "runs": [
            {
                "run": one.run,
                "done": one.done,
                "undone": one.undone,
                "late": one.late,
                "cost_usd": None if one.cost is None else usd(one.cost),
            }
            for one in reports
        ]
    }

    def view() -> None:
        for one in reports:
            cost = "what it came to is not known yet" if one.cost is None else f"{format_usd(one.cost)} spent"
            session.out.line(f"{plural(one.done, 'job')} done, {cost}")

    session.finish(data, view, errors[0] if errors else None)
