"""Runs on other people's machines, for the commands that begin, resume and end them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Annotated

import typer

from audobon_cli.cli.requests.cloud_options import CloudMachineOptions
from audobon_cli.cli.session import Session
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.events import Listener, ignore

if TYPE_CHECKING:
    from audobon_cli.cli.requests.cloud_contexts import CloudServices
    from audobon_cli.cloud.jobs import CloudJobOrder
    from audobon_cli.cloud.money import LongestCost
    from audobon_cli.cloud.queue_runs.context import QueueRunContext
    from audobon_cli.cloud.training_runs.follow import TrainingDestination
    from audobon_cli.queue.training_runs import RunStatus
    from audobon_cli.training.run import TrainingRun


@dataclass(frozen=True, slots=True)
class ElsewhereOptions(CloudMachineOptions):
    """Where a run is trained, if not here. Under the heading of the options that it shares: one option has one."""

    on: Annotated[
        str,
        typer.Option(
            "--on", metavar="WHERE", help="Train on other machines, of Google Cloud: cloudrun or vertex."
        ),
    ] = ""
    spot: Annotated[
        bool,
        typer.Option("--spot", help="A machine that is cheaper and may be taken away at any time (vertex)."),
    ] = False
    image: Annotated[
        str,
        typer.Option("--image", metavar="IMAGE", help="Container image with PyTorch (the deployed one)."),
    ] = ""
    place: Annotated[
        str,
        typer.Option("--place", metavar="PLACE", help="Where the run is exchanged: gs://BUCKET/FOLDER."),
    ] = ""
    project: Annotated[
        str, typer.Option("--project", metavar="PROJECT", help="Project of Google Cloud (the setting's).")
    ] = ""
    region: Annotated[
        str, typer.Option("--region", metavar="REGION", help="Region in which jobs run (the setting's).")
    ] = ""
    service_account: Annotated[
        str,
        typer.Option(
            "--service-account", metavar="EMAIL", help="Account that the run runs as (the deployed one)."
        ),
    ] = ""
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")] = False

    def check(self, later: bool) -> bool:
        """Whether a run is trained elsewhere. Raises InvalidInput for options that do not go together."""
        if self.on:
            from audobon_cli.cloud.services import service_named

            service_named(self.on)
        if self.on and later:
            raise InvalidInput(
                "--queue leaves a run to this machine's workers, and --on takes it to others.",
                hint="give one of the two",
            )
        given = [
            one.name for one in fields(self) if getattr(self, one.name) != one.default and one.name != "yes"
        ]
        if given and not self.on:
            raise InvalidInput(
                f"--{given[0].replace('_', '-')} is for runs on other machines.",
                hint="add --on cloudrun or --on vertex, or leave it out",
            )
        return bool(self.on)


@contextmanager
def elsewhere(session: Session, listen: Listener = ignore) -> "Iterator[QueueRunContext]":
    """What runs elsewhere are followed and ended with."""
    from audobon_cli.cli.requests.cloud_contexts import opened_runs

    with opened_runs(session, listen) as (context, _):
        yield context


def destination(
    session: Session, run: "TrainingRun", on: ElsewhereOptions
) -> "tuple[TrainingDestination, LongestCost]":
    """Where ``run`` is to be trained, and what that costs at most; nothing is begun.

    Raises InvalidInput for a model that no image can have, CloudMissing where nothing is deployed and no image named,
    and what asking the cloud raises.
    """
    from pathlib import Path

    from audobon_cli.cli.requests.cloud_contexts import CloudServices, place_of
    from audobon_cli.cli.requests.cloud_options import money_of
    from audobon_cli.cloud.jobs import OWNER_LABEL
    from audobon_cli.cloud.queue_runs.records import RunRecords
    from audobon_cli.cloud.services import service_named
    from audobon_cli.cloud.training_runs.follow import TrainingDestination

    if Path(run.model).is_absolute():
        raise InvalidInput(
            f"The model {run.model} is a folder of this machine.",
            hint="train a model that the image has, by its name: --model sprite",
        )
    place, known = place_of(session, on.place), service_named(on.on)
    with CloudServices(session) as services:
        service = services.jobs(on.project, on.region, known.name)
        usual = _usual(services, on)
        order = replace(
            usual,
            run=RunRecords(Path()).new_run(),
            kind="train",
            tasks=1,
            machine=replace(on.machine(usual.machine), spot=on.spot),
            retries=known.usual_retries if on.retries is None else on.retries,
            timeout_seconds=on.timeout_seconds(known.usual_seconds),
            labels={OWNER_LABEL: session.workspace.cloud.machine},
            variables={**usual.variables, "PYTHONUNBUFFERED": "1"},
        )
        order = service.fitted(order)
        service.find(
            order.run
        )  # who may not look must not begin: nothing is paid or sent before that is known
        found = TrainingDestination(known, order, service.connection.place.project, service.region, place)
        return found, money_of(session).longest(order, service.service, service.region)


def agreed(session: Session, run: "TrainingRun", on: ElsewhereOptions) -> "TrainingDestination":
    """`destination`, once the user has agreed to its price. Raises what that raises, and InvalidInput."""
    from audobon_cli.cli.spending_views import agree_to_spend
    from audobon_cli.domain.units import format_usd

    found, longest = destination(session, run, on)
    agree_to_spend(session, longest.micro_usd, on.yes)
    session.out.note(
        f"{run.name} is trained by {found.service.title} on {found.order.machine.name} in {found.region}; "
        f"{format_usd(longest.micro_usd)} at most."
    )
    return found


def show_cloud_plan(session: Session, run: "TrainingRun", on: ElsewhereOptions) -> None:
    """What training ``run`` elsewhere costs at most."""
    from audobon_cli.domain.units import plural, usd

    found, longest = destination(session, run, on)
    order, steps = found.order, run.settings.steps_for(len(run.pictures.learnt))
    data = {
        "name": run.name,
        "model": run.model,
        "pictures": len(run.pictures.learnt),
        "held_out": len(run.pictures.held_out),
        "steps": steps,
        "on": found.service.word,
        "machine": order.machine.name,
        "region": found.region,
        "image": order.image,
        "place": found.place,
        "timeout_seconds": order.timeout_seconds,
        "retries": order.retries,
        "at_most_usd": usd(longest.micro_usd),
        "price": {"source": longest.price.source, "as_of": longest.price.as_of},
    }
    lines = [
        f"{run.name}: {plural(len(run.pictures.learnt), 'picture')} to learn from, "
        f"{len(run.pictures.held_out)} held out, for {run.model}; {plural(steps, 'step')} at most.",
        f"By {found.service.title} on {order.machine.name} in {found.region}, by way of {found.place}.",
        f"Cost: {longest.words}",
        "Nothing was begun.",
    ]
    session.out.result(data, lambda: session.out.lines(lines))


def end_elsewhere(session: Session, status: "RunStatus") -> None:
    """End a run in the cloud that nobody follows: it would go on, and cost. Raises what the cloud raises."""
    if not status.folder.trained_on:
        return
    from audobon_cli.cli.listening import listening
    from audobon_cli.cloud.training_runs.follow import end_run

    with listening(session.out) as listen, elsewhere(session, listen) as context:
        if not end_run(context, status.run, status.folder):
            session.out.note("Whoever follows the run ends it in the cloud.")


def _usual(services: "CloudServices", on: ElsewhereOptions) -> "CloudJobOrder":
    """What runs are made of: as deployed, with another image if one is named. Raises CloudMissing, InvalidInput."""
    from audobon_cli.cloud.deployment import NAME, WORKER, check_image, deployed
    from audobon_cli.cloud.jobs import CloudJobOrder
    from audobon_cli.cloud.services import CLOUD_RUN

    if on.image:
        check_image(on.image)
    if on.image and on.on != CLOUD_RUN.word:  # who names an image need not have Cloud Run
        usual = CloudJobOrder(WORKER, WORKER, on.image, ())
    else:
        service = services.at(on.project, on.region)
        if on.image and service.defined(NAME) is None:
            usual = CloudJobOrder(WORKER, WORKER, on.image, ())
        else:
            usual = deployed(service)
    account = on.service_account or usual.service_account
    return replace(usual, image=on.image or usual.image, service_account=account)
