"""``audobon cloud manifest``."""

import json
from dataclasses import replace
from typing import Annotated

import typer

from audobon_cli.cli.cloud.contexts import opened_runs, place_of
from audobon_cli.cli.cloud.deploy import IMAGE, USUAL_SECONDS, Place
from audobon_cli.cli.options import command
from audobon_cli.cli.requests.cloud_options import CloudMachineOptions
from audobon_cli.cli.session import Session
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.units import plural


@command(
    "manifest",
    examples=[
        f"audobon cloud manifest --image {IMAGE} --tasks 8",
        f"audobon cloud manifest --image {IMAGE} --dry-run",
    ],
)
def manifest(
    session: Session,
    on: CloudMachineOptions,
    image: Annotated[
        str,
        typer.Option("--image", metavar="IMAGE", help="Container image by its digest: NAME@sha256:DIGEST."),
    ],
    tasks: Annotated[
        int, typer.Option("--tasks", min=1, max=1000, help="Tasks among which the jobs are divided.")
    ] = 4,
    place: Place = "",
    service_account: Annotated[
        str,
        typer.Option("--service-account", metavar="NAME", help="Kubernetes account that may use the place."),
    ] = "",
    spot: Annotated[
        bool, typer.Option("--spot", help="On machines that may be taken away at any time.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", "-n", help="Print it; upload nothing.")] = False,
) -> None:
    """Print a Kubernetes Job that does the queue's jobs.

    Uploads the slices to the place; `kubectl apply -f -` begins it, and `audobon cloud run --collect` files what it has
    done. What it costs is the cluster's bill, which no budget here knows of.
    """
    from audobon_cli.cloud.jobs import OWNER_LABEL, CloudJobOrder
    from audobon_cli.cloud.manifest import kubernetes_job
    from audobon_cli.cloud.prices import CloudMachine
    from audobon_cli.cloud.queue_runs.run import leave_slices
    from audobon_cli.cloud.queue_runs.submit import JobChoice, new_record, plan_run

    address = place_of(session, place)
    with opened_runs(session) as (context, _):
        run = context.records.new_run()
        order = CloudJobOrder(
            run=run,
            kind="queue",
            image=image,
            command=("cloud", "worker", address, "--run", run),
            machine=replace(on.machine(CloudMachine()), spot=spot),
            tasks=tasks,
            retries=1 if on.retries is None else on.retries,
            timeout_seconds=on.timeout_seconds(USUAL_SECONDS),
            labels={OWNER_LABEL: session.workspace.cloud.machine},
            variables={"PYTHONUNBUFFERED": "1"},
        )
        plan = plan_run(
            context, replace(order, machine=replace(order.machine, gpu="")), "cloud-run", "", JobChoice()
        )
        if not plan.jobs:
            raise InvalidInput(
                "No job waits that could be done elsewhere.", hint="`audobon queue add PROMPT` adds some"
            )
        document = kubernetes_job(replace(order, tasks=plan.order.tasks), service_account)
        if not dry_run:
            leave_slices(context, plan, new_record(context, plan, "", "", address))
    jobs = [int(job.number) for job in plan.jobs]
    data = {"run": run, "jobs": jobs, "dry_run": dry_run, "manifest": document}
    session.out.result(data, lambda: session.out.lines(json.dumps(document, indent=2).splitlines()))
    session.out.note(f"{plural(len(jobs), 'job')} in {plural(plan.order.tasks, 'task')}.")
