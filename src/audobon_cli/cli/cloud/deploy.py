"""``audobon cloud deploy``."""

from typing import Annotated

import typer

from audobon_cli.cli.cloud.contexts import CloudServices, place_of
from audobon_cli.cli.options import command
from audobon_cli.cli.requests.cloud_options import CloudMachineOptions, CloudOptions
from audobon_cli.cli.session import Session

Place = Annotated[
    str, typer.Option("--place", metavar="PLACE", help="Where slices and results lie, as gs://BUCKET/FOLDER.")
]
USUAL_SECONDS = 1800
IMAGE = "europe-docker.pkg.dev/my-project/audobon/cpu@sha256:DIGEST"


@command(
    "deploy",
    examples=[f"audobon cloud deploy --image {IMAGE}", f"audobon cloud deploy --image {IMAGE} --gpu L4"],
)
def deploy(
    session: Session,
    where: CloudOptions,
    on: CloudMachineOptions,
    image: Annotated[
        str,
        typer.Option("--image", metavar="IMAGE", help="Container image by its digest: NAME@sha256:DIGEST."),
    ],
    place: Place = "",
    service_account: Annotated[
        str,
        typer.Option("--service-account", metavar="EMAIL", help="Account that tasks run as (the project's)."),
    ] = "",
) -> None:
    """Say with which image and machine runs are done.

    Nothing runs and nothing costs by that: `audobon cloud run` begins runs, each with a hard time-out.
    """
    from audobon_cli.cloud.deployment import WORKER
    from audobon_cli.cloud.deployment import deploy as make
    from audobon_cli.cloud.jobs import OWNER_LABEL, CloudJobOrder
    from audobon_cli.cloud.prices import CloudMachine

    order = CloudJobOrder(
        run=WORKER,
        kind=WORKER,
        image=image,
        command=(),
        machine=on.machine(CloudMachine()),
        retries=1 if on.retries is None else on.retries,
        timeout_seconds=on.timeout_seconds(USUAL_SECONDS),
        labels={OWNER_LABEL: session.workspace.cloud.machine},
        service_account=service_account,
    )
    address = place_of(session, place)
    with CloudServices(session) as services:
        service = services.at(where.project, where.region)
        made = make(service, order, address)
        project = service.connection.place.project
    data = {
        "project": project,
        "region": service.region,
        "image": made.image,
        "machine": made.machine.name,
        "timeout_seconds": made.timeout_seconds,
        "retries": made.retries,
        "place": address,
    }
    session.out.result(data, lambda: session.out.line(f"{made.image} on {made.machine.name}"))
    session.out.note(
        f"Deployed in {project}, {service.region}. `audobon cloud run --plan` tells what a run costs."
    )
