"""One actor of a Ray cluster, as the queue's worker sees it: lost at any time, and then begun again elsewhere."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from audobon_cli.__about__ import __version__
from audobon_cli.domain.errors import ClusterUnusable, ModelAltered, WorkerLost
from audobon_cli.domain.events import Listener
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.engines.base import EngineFacts, ShouldStop
from audobon_cli.engines.hosting import Call, CallResult, Load, Score
from audobon_cli.engines.ray.actor import Files, HostActor, NodeHost, NodeInfo
from audobon_cli.engines.ray.cluster import ray_module

POLL_SECONDS = 0.05
PLACE_SECONDS = 600.0
"""How long a worker waits for its resources: a cluster that scales by itself may have to start a machine."""


@dataclass
class RayLink:
    """An EngineLink to an actor with ``cpus`` and ``gpus`` of the cluster. Raises WorkerLost when it is lost.

    ``predict_facts`` tells what the models on this machine are: a node with other files of the same name is refused.
    """

    make: Callable[[], NodeHost]
    cpus: float
    gpus: float
    predict_facts: Callable[[ResolvedRequest], tuple[EngineFacts, ...]]
    where: NodeInfo | None = None
    _actor: Any = None
    _sign: Any = None
    _wanted_since: float = 0.0
    _calls: int = 0

    def ready(self) -> bool:
        """Whether there is an actor. Asks for one where there is none, and does not wait.

        Raises ClusterUnusable when there was no room for PLACE_SECONDS, or the node has another version.
        """
        if self.where is not None:
            return True
        ray = ray_module()
        if self._actor is None:
            self._ask(ray)
        if time.monotonic() - self._wanted_since > PLACE_SECONDS:
            self.close()
            raise ClusterUnusable(
                f"The cluster has had no room for {self.cpus:g} processors and {self.gpus:g} graphics cards"
                f" for {PLACE_SECONDS:g} seconds.",
                hint="ask for fewer --workers, or less with --cpus and --gpus; `ray status` shows what is free",
            )
        try:
            if not ray.wait([self._sign], timeout=0)[0]:
                return False
            where: NodeInfo = ray.get(self._sign)
        except ray.exceptions.RayError:
            self._actor = None  # the node was lost while the actor started
            return False
        if where.version != __version__:
            self.close()
            raise ClusterUnusable(
                f"The node {where.node} has audobon {where.version}, this machine {__version__}.",
                hint="install the same version on all machines",
            )
        self.where = where
        return True

    def call(self, asked: Call, listen: Listener, should_stop: ShouldStop) -> CallResult | None:
        """See EngineLink.call; there is always an answer, or an error."""
        ray = ray_module()
        if self.where is None:
            raise self._lost(RuntimeError("no actor"))
        self._calls += 1
        try:
            stream = self._actor.call.options(num_returns="streaming").remote(
                self._calls, asked, _files(asked)
            )
            answer = self._follow(ray, stream, listen, should_stop)
        except ray.exceptions.RayError as error:
            raise self._lost(error) from error
        if isinstance(asked, Load) and answer.error is None:
            self._check(asked.request, answer.result())
        return answer

    def close(self) -> None:
        """Give the resources back."""
        if self._actor is not None:
            ray_module().kill(self._actor)
        self._actor, self.where = None, None

    def _ask(self, ray: Any) -> None:
        remote = ray.remote(HostActor).options(
            num_cpus=self.cpus, num_gpus=self.gpus, max_restarts=0, max_task_retries=0, max_concurrency=3
        )
        self._actor = remote.remote(self.make)
        self._sign = self._actor.where.remote()
        self._wanted_since = time.monotonic()

    def _follow(self, ray: Any, stream: Any, listen: Listener, should_stop: ShouldStop) -> CallResult:
        """Pass events on until the answer comes."""
        stopped = False
        while True:
            if not stopped and should_stop():
                self._actor.stop.remote(self._calls)
                stopped = True
            if not ray.wait([stream], timeout=POLL_SECONDS)[0]:
                continue
            try:
                said = ray.get(next(stream))
            except StopIteration:
                raise self._lost(RuntimeError("its answer is missing")) from None
            if isinstance(said, CallResult):
                return said
            listen(said)

    def _lost(self, error: Exception) -> WorkerLost:
        node = self.where.node if self.where else "a node"
        self._actor, self.where = None, None
        return WorkerLost(
            f"The worker on {node} was lost ({type(error).__name__}).",
            hint="the job is tried again on another one",
        )

    def _check(self, request: ResolvedRequest, facts: EngineFacts) -> None:
        known = {one.model_digest for one in self.predict_facts(request)}
        if facts.model_digest not in known:
            node = self.where.node if self.where else "a node"
            raise ModelAltered(
                f"The model {request.model.name} on {node} is not the one that is here.",
                hint="pull the same version of it on all machines",
            )


def _files(asked: Call) -> Files:
    """The input pictures of a call."""
    if isinstance(asked, Score):
        return {}
    return {
        picture.blob: picture.path.read_bytes()
        for picture in asked.request.pictures
        if picture.content is None
    }
