"""What is deployed: a job in Cloud Run that is never run itself, but says with which image and machine runs are."""

import re
from dataclasses import replace
from typing import Any

from audobon_cli.cloud.cloud_run.documents import image_of, job_document, machine_of, unsupported
from audobon_cli.cloud.cloud_run.jobs import CloudRunJobs
from audobon_cli.cloud.jobs import CloudJobOrder
from audobon_cli.domain.errors import CloudMissing, InvalidInput

WORKER = "worker"
"""The kind of what is deployed."""
NAME = "audobon-worker"
PLACE_VARIABLE = "AUDOBON_CLOUD_PLACE"
_DIGEST = re.compile(r"[^\s@]+@sha256:[0-9a-f]{64}")


def deploy(service: CloudRunJobs, order: CloudJobOrder, place: str) -> CloudJobOrder:
    """Make ``order`` what runs are made of, by its image, machine, time-out, retries and service account.

    Raises InvalidInput for an image without a digest, CloudImageMissing for one that is not there.
    """
    if _DIGEST.fullmatch(order.image) is None:
        name = order.image.partition("@")[0] or "IMAGE"
        raise InvalidInput(
            f"{order.image!r} names no image by its digest: a tag may be another image tomorrow.",
            hint=f"gcloud artifacts docker images describe {name} "
            "--format 'value(image_summary.fully_qualified_digest)'",
        )
    wanted = replace(
        order,
        run=WORKER,
        kind=WORKER,
        command=("cloud", "worker", place),
        tasks=1,
        variables={**order.variables, PLACE_VARIABLE: place},
    )
    unsupported(wanted)
    return order_of(service.define(NAME, job_document(wanted)))


def deployed(service: CloudRunJobs) -> CloudJobOrder:
    """What runs are made of. Raises CloudMissing where nothing is deployed."""
    found = service.defined(NAME)
    if found is None:
        raise CloudMissing(
            f"Nothing is deployed in {service.connection.place.project}, {service.region}.",
            hint="audobon cloud deploy --image IMAGE@sha256:DIGEST",
        )
    return order_of(found)


def order_of(document: dict[str, Any]) -> CloudJobOrder:
    """The order that a job's document was made of."""
    task = document["template"]["template"]
    return CloudJobOrder(
        run=WORKER,
        kind=WORKER,
        image=image_of(document),
        command=("cloud", "worker"),
        machine=machine_of(document),
        retries=int(task.get("maxRetries", 0)),
        timeout_seconds=int(float(str(task.get("timeout", "600s")).removesuffix("s"))),
        variables={one["name"]: one.get("value", "") for one in task["containers"][0].get("env") or ()},
        service_account=str(task.get("serviceAccount", "")),
    )
