"""A run as a Job of Kubernetes, on GKE or anywhere: the same command in the same image, an index a task."""

from typing import Any

from audobon_cli.cloud.jobs import CloudJobOrder
from audobon_cli.domain.errors import InvalidInput

SECONDS_KEPT = 3600
"""How long Kubernetes keeps a Job that has ended."""
ACCELERATORS = {"L4": "nvidia-l4"}


def kubernetes_job(order: CloudJobOrder, service_account: str = "") -> dict[str, Any]:
    """The manifest of a run. The whole Job ends for certain: after the longest time of all its attempts.

    Raises InvalidInput for a card that GKE is not known to have.
    """
    machine = order.machine
    resources = {"cpu": f"{machine.vcpus:g}", "memory": f"{round(machine.memory_gib * 1024)}Mi"}
    container = {
        "name": "audobon",
        "image": order.image,
        "args": list(order.command),
        "env": [{"name": name, "value": value} for name, value in sorted(order.variables.items())],
        "resources": {"requests": resources, "limits": {**resources, **_cards(order)}},
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
    }
    selector: dict[str, str] = {}
    if machine.gpu:
        selector["cloud.google.com/gke-accelerator"] = ACCELERATORS[machine.gpu]
    if machine.spot:
        selector["cloud.google.com/gke-spot"] = "true"
    pod: dict[str, Any] = {
        "restartPolicy": "Never",
        "terminationGracePeriodSeconds": 25,
        "containers": [container],
        **({"serviceAccountName": service_account} if service_account else {}),
        **({"nodeSelector": selector} if selector else {}),
    }
    labels = order.all_labels
    parallelism = order.parallelism or order.tasks
    waves = -(-order.tasks // parallelism)
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": f"audobon-{order.kind}-{order.run}"[:63], "labels": labels},
        "spec": {
            "completionMode": "Indexed",
            "completions": order.tasks,
            "parallelism": parallelism,
            "backoffLimitPerIndex": order.retries,
            "activeDeadlineSeconds": order.timeout_seconds * (order.retries + 1) * waves,
            "ttlSecondsAfterFinished": SECONDS_KEPT,
            "template": {"metadata": {"labels": labels}, "spec": pod},
        },
    }


def _cards(order: CloudJobOrder) -> dict[str, str]:
    machine = order.machine
    if not machine.gpu:
        return {}
    if machine.gpu not in ACCELERATORS:
        raise InvalidInput(
            f"GKE is not known to have {machine.gpu}.", hint=f"choose from {', '.join(ACCELERATORS)}"
        )
    return {"nvidia.com/gpu": str(machine.gpus)}
