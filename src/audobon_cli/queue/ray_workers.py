"""The queue's jobs on a Ray cluster: this process claims and files, actors elsewhere draw.

Ray may run a call twice and forgets all when its head is lost; neither matters here, for a job is done when its
picture is filed with it in one transaction of the library, and what was claimed by a process that is gone
goes back.
"""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from audobon_cli.domain.errors import AudobonError, ClusterUnusable
from audobon_cli.domain.events import Warned
from audobon_cli.engines.hosting import EngineProxy, ScorerProxy
from audobon_cli.engines.ray.actor import NodeHost
from audobon_cli.engines.ray.cluster import ClusterResources, joined_cluster
from audobon_cli.engines.ray.link import RayLink
from audobon_cli.generation.context import GenerationEnvironment
from audobon_cli.queue.runners.registry import runners
from audobon_cli.queue.store.jobs import JobStore
from audobon_cli.queue.supervisor import job_shares
from audobon_cli.queue.worker import LoopOptions, WorkLoop


@dataclass(frozen=True, slots=True)
class RayWorkerPool:
    """What is asked of the cluster at ``address`` (None: one here). ``workers`` None: as many as there is room
    for; ``gpus`` None: one each if there are any. ``make`` makes what serves on a node."""

    address: str | None
    workers: int | None
    cpus: float
    gpus: float | None
    make: Callable[[], NodeHost]

    def shape(self, resources: ClusterResources) -> tuple[int, float]:
        """The number of workers, and the graphics cards of each. Raises ClusterUnusable for an empty cluster."""
        gpus = self.gpus if self.gpus is not None else min(1.0, resources.gpus)
        rooms = [resources.cpus / self.cpus] if self.cpus else []
        rooms += [resources.gpus / gpus] if gpus else []
        room = int(min(rooms, default=resources.nodes))
        workers = self.workers or room
        if not workers:
            raise ClusterUnusable(
                f"The cluster has {resources.cpus:g} processors and {resources.gpus:g} graphics cards:"
                " no room for a worker.",
                hint="add nodes, ask for less with --cpus and --gpus, or give --workers to wait for nodes",
            )
        return workers, gpus


def run_on_ray(
    environment: GenerationEnvironment, jobs: JobStore, pool_options: RayWorkerPool, options: LoopOptions
) -> None:
    """Run jobs until none is left that can be run, each worker a thread here with an actor there.

    Raises ClusterUnusable, and what the database raises.
    """
    _ = (
        environment.settings,
        environment.models,
        environment.vram.selector.card,
        environment.library,
        environment.contract,
    )  # opened before threads are
    with joined_cluster(pool_options.address) as resources:
        workers, gpus = pool_options.shape(resources)
        shares = job_shares(options.limit, workers)
        links = [
            RayLink(
                pool_options.make,
                pool_options.cpus,
                gpus,
                lambda request: environment.results().predict_facts(request),
            )
            for _ in shares
        ]
        with ThreadPoolExecutor(len(links)) as pool:
            ended = [
                pool.submit(_work, environment, jobs, link, replace(options, limit=share))
                for link, share in zip(links, shares, strict=True)
            ]
        failures = [error for one in ended if (error := one.result()) is not None]
        if len(failures) == len(links):
            raise failures[0]


def _work(
    environment: GenerationEnvironment, jobs: JobStore, link: RayLink, options: LoopOptions
) -> AudobonError | None:
    """One worker; what kept it from going on, if anything did."""
    # The memory that a loop here is told is this process', not that of its actor.
    by_jobs = replace(options.recycle, memory_bytes=None)
    options = replace(options, ready=link.ready, recycle=by_jobs, since=time.time())
    try:
        while True:
            with runners(environment, EngineProxy(link), ScorerProxy(link), jobs, ahead=False) as ready:
                report = WorkLoop(jobs, ready, options).run("", "ray")
            if not report.recycled:
                break
            link.close()  # the next loop asks for another actor
            if options.limit:
                options = replace(options, limit=options.limit - report.done - report.failed)
    except ClusterUnusable as error:
        options.listen(Warned(error.message))
        return error
    finally:
        link.close()
    return None
