"""Joining a Ray cluster, or starting one on this machine."""

import contextlib
import logging
import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType

from audobon_cli.domain.errors import ClusterUnusable, InvalidInput

KNOCK_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class ClusterResources:
    """What the nodes that are there now have in all."""

    cpus: float
    gpus: float
    nodes: int


def ray_module() -> ModuleType:
    """Ray. Raises InvalidInput where it is not installed."""
    # Ray would send figures of its use to its makers, and print a line about variables that we do not set.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    try:
        import ray
    except ModuleNotFoundError as error:
        raise InvalidInput(
            "--engine ray needs the package ray, which is not installed.",
            hint="pip install 'audobon-cli[ray]'",
        ) from error
    module: ModuleType = ray
    return module


@contextlib.contextmanager
def joined_cluster(address: str | None) -> Iterator[ClusterResources]:
    """Be connected to the cluster at ``address`` for the block; None starts one here, which ends with it.

    Raises ClusterUnusable when there is none at the address, or it does not let us in.
    """
    ray = ray_module()
    logging.getLogger("ray").setLevel(logging.CRITICAL)
    try:
        _knock(address)
        ray.init(
            address=address,
            log_to_driver=False,
            configure_logging=False,
            include_dashboard=None if address else False,
        )
    except (ConnectionError, RuntimeError, ValueError, OSError) as error:
        raise ClusterUnusable(
            f"There is no Ray cluster to be had at {address or 'this machine'}: {str(error).splitlines()[0]}",
            hint="see that it runs (`ray status`), and that RAY_AUTH_MODE and its token are the same on both sides",
        ) from error
    try:
        found = ray.cluster_resources()
        nodes = sum(node["Alive"] for node in ray.nodes())
        yield ClusterResources(found.get("CPU", 0.0), found.get("GPU", 0.0), nodes)
    finally:
        ray.shutdown()


def _knock(address: str | None) -> None:
    """Raise OSError when nobody listens at HOST:PORT: Ray itself would try again for ten minutes."""
    host, _, port = (address or "").rpartition(":")
    if host and port.isdecimal() and "//" not in host:
        socket.create_connection((host, int(port)), KNOCK_SECONDS).close()
