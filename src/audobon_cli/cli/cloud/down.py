"""``audobon cloud down``."""

from typing import TYPE_CHECKING, Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.requests.cloud_contexts import opened_runs
from audobon_cli.cli.requests.cloud_options import CloudOptions
from audobon_cli.cli.session import Session
from audobon_cli.domain.units import format_usd, plural, usd

if TYPE_CHECKING:
    from audobon_cli.cloud.schedules.standing import Schedules


@command("down", examples=["audobon cloud down", "audobon cloud down --all --deployment"])
def down(
    session: Session,
    where: CloudOptions,
    everyone: Annotated[
        bool, typer.Option("--all", help="Also what other machines began in the project.")
    ] = False,
    deployment: Annotated[bool, typer.Option("--deployment", help="Also what was deployed.")] = False,
    discard: Annotated[
        bool, typer.Option("--discard", help="Delete results that were not filed yet, too.")
    ] = False,
) -> None:
    """End everything of ours in the cloud, and pay it.

    Found by label, also after a kill at any moment; schedules end, too. Asks nothing: what runs costs money. Results
    that are done wait for `audobon cloud run --collect`.
    """
    from audobon_cli.cli.listening import listening
    from audobon_cli.cloud.down import end_everything

    with listening(session.out) as listen, opened_runs(session, listen) as (context, services):
        place = services.at(where.project, where.region).connection.place
        owner = None if everyone else session.workspace.cloud.machine
        cloud, money = session.workspace.cloud, context.money

        def schedules_at(project: str, region: str) -> "Schedules":
            return cloud.schedules(services.at(project, region), money, everyone)

        done = end_everything(
            context, [(place.project, place.region)], owner, discard, deployment, schedules_at
        )
    data = {
        "ended": [job.name for job in done.ended],
        "cost_usd": usd(done.cost),
        "waiting": list(done.waiting),
        "uncertain": list(done.uncertain),
    }
    session.out.result(data, lambda: session.out.lines(job.name for job in done.ended))
    session.out.note(f"{plural(len(done.ended), 'job')} ended, {format_usd(done.cost)} spent.")
    if done.waiting:
        session.out.note(
            f"Results of {plural(len(done.waiting), 'run')} wait: `audobon cloud run --collect` files them."
        )
    if done.uncertain:
        session.out.warn(
            f"{plural(len(done.uncertain), 'run')} may still arrive, and counts until it is known: "
            "`audobon cloud down` again in two minutes."
        )
