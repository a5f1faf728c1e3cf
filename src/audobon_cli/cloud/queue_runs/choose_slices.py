"""Which slices are to be done, by those who are not told: executions of schedules, and of runs that are handed out."""

import secrets
from collections.abc import Iterator, Mapping

from audobon_cli.cloud.queue_runs.slices import (
    claims_prefix,
    finished_prefix,
    slices_prefix,
    waiting_key,
)
from audobon_cli.cloud.queue_runs.worker import EXECUTION_VARIABLES
from audobon_cli.remotes.base import Remote


def waiting_slices(remote: Remote) -> Iterator[tuple[str, int]]:
    """Runs that wait for a schedule, each with those of its slices that nobody has finished."""
    runs = {stat.key.split("/")[1] for stat in remote.list("runs/") if stat.key.endswith("/waiting")}
    for run in sorted(runs):
        finished = _numbers(remote, finished_prefix(run))
        for task in sorted(_numbers(remote, slices_prefix(run)) - finished):
            if remote.stat(waiting_key(run)) is not None:  # its owner may have taken it back
                yield run, task


def finish_slice(remote: Remote, run: str, task: int) -> None:
    """Say that all of a slice was tried. Of a run that is gone nothing is said."""
    if remote.stat(waiting_key(run)) is not None:
        remote.put(f"{finished_prefix(run)}{task:05}", b"")


def is_finished(remote: Remote, run: str) -> bool:
    """Whether all of a run's slices were tried."""
    tasks = _numbers(remote, slices_prefix(run))
    return bool(tasks) and tasks <= _numbers(remote, finished_prefix(run))


def next_slice(remote: Remote, run: str, variables: Mapping[str, str]) -> int | None:
    """Take a slice that no other execution has: one that this execution took before it was begun again, else the first
    that is free; None where all are taken. A run that is begun more often than it has slices does nothing by that."""
    found = (variables[name] for name in EXECUTION_VARIABLES if variables.get(name))
    me = next(found, secrets.token_hex(8)).encode()
    tasks = sorted(_numbers(remote, slices_prefix(run)))
    taken = _numbers(remote, claims_prefix(run))
    for task in sorted(taken):
        if remote.get(f"{claims_prefix(run)}{task:05}") == me:
            return task
    for task in tasks:
        key = f"{claims_prefix(run)}{task:05}"
        if task not in taken and (remote.put(key, me) or remote.get(key) == me):
            return task
    return None


def _numbers(remote: Remote, prefix: str) -> set[int]:
    found = (stat.key.removeprefix(prefix) for stat in remote.list(prefix))
    return {int(one) for one in found if one.isdecimal()}
