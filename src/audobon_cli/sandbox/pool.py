"""Children at hand: begun when the first file comes, kept for the next ones, ended with this process."""

import atexit
import contextlib
import mmap
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import IO, Any

from audobon_cli.domain.errors import AudobonError
from audobon_cli.sandbox.child import MOST_ANSWER_BYTES, Child, Refused, Result
from audobon_cli.sandbox.frames import Buffer
from audobon_cli.sandbox.policy import SandboxPolicy
from audobon_cli.sandbox.source import current_policy

LARGE_BYTES = 64 * 2**20
"""A file that is larger gets a child of its own, which may take as much more memory as the file has."""
BATCH_FILES, BATCH_BYTES = 64, 2**20
"""Small files go to the child together: one of a kilobyte takes less time than waking it."""
KEPT_CHILDREN = 2
LEAST_ROOM_BYTES = 2**29


def ask(task: str, facts: Mapping[str, Any], content: Buffer, most: int = MOST_ANSWER_BYTES) -> Result:
    """What the child says of the file ``content``: see tasks. At most ``most`` bytes are taken for an answer.

    Raises SandboxUnavailable, SettingInvalid.
    """
    with _child_for(len(content)) as child:
        child.send(task, facts, [content])
        return child.receive(most)


def ask_many(task: str, contents: Iterable[Buffer]) -> Iterator[Result]:
    """What the child says of each of many files, in their order. While it works on some, the next are read from
    ``contents``, which is so some files ahead. Raises as ask."""
    with contextlib.ExitStack() as stack:
        child: Child | None = None
        sent: list[Buffer] = []
        for batch in _batches(contents):
            found = child.receive_all(task, sent) if child is not None and sent else []
            sent = []
            if sum(map(len, batch)) > LARGE_BYTES:
                found += [ask(task, {}, one) for one in batch]
            else:
                child = child or stack.enter_context(_child_for(0))
                child.send(task, {}, batch)
                sent = batch
            yield from found
        if child is not None and sent:
            yield from child.receive_all(task, sent)


def ask_for_file(
    task: str, facts: Mapping[str, Any], content: IO[bytes], target: IO[bytes], memory_times: int
) -> Result:
    """The same of a large file, which is read from ``content``; what comes of it is written to ``target`` and not in
    the answer. Its child may take ``memory_times`` the file's size more memory, and a second of processor time more for
    each megabyte. Raises as ask, and what writing raises."""
    policy = current_policy()
    size = os.fstat(content.fileno()).st_size
    if not size:
        return Refused("the file is empty")
    room = max(size, LEAST_ROOM_BYTES)  # so that a child that imported PyTorch serves for several files
    roomy = replace(
        policy, memory_bytes=policy.memory_bytes + memory_times * room, seconds=policy.seconds + room // 2**20
    )
    with (
        _child_held_to(roomy) as child,
        mmap.mmap(content.fileno(), 0, access=mmap.ACCESS_READ) as mapped,
        memoryview(mapped) as view,
    ):
        child.send(task, facts, [view])
        return child.receive_into(target)


def warm_up(tasks: Sequence[str]) -> None:
    """Begin a child now, and let it import what ``tasks`` take, while this process does other things. What keeps it
    from that is told by the first file. Raises SettingInvalid."""
    policy = current_policy()

    def begin() -> None:
        with contextlib.suppress(AudobonError), _child_held_to(policy) as child:
            child.send("warm up", list(tasks), [])

    _idle.begin(begin)


def held_to() -> frozenset[str]:
    """What a child is held to on this machine, in the words of Confinement; with "bubblewrap" if it runs in that.
    Raises as ask."""
    with _child_for(0) as child:
        return child.held


def _batches(contents: Iterable[Buffer]) -> Iterator[list[Buffer]]:
    """``contents`` in lists of at most BATCH_FILES and BATCH_BYTES; what is larger stands alone."""
    batch: list[Buffer] = []
    size = 0
    for content in contents:
        if batch and (len(batch) == BATCH_FILES or size + len(content) > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(content)
        size += len(content)
    if batch:
        yield batch


@contextlib.contextmanager
def _child_for(size: int) -> Iterator[Child]:
    """A child that nobody else has, for a file of ``size`` bytes."""
    policy = current_policy()
    if size > LARGE_BYTES:
        with contextlib.closing(Child(replace(policy, memory_bytes=policy.memory_bytes + size))) as alone:
            yield alone
        return
    with _child_held_to(policy) as child:
        yield child


@contextlib.contextmanager
def _child_held_to(policy: SandboxPolicy) -> Iterator[Child]:
    """A child of this very policy that nobody else has."""
    child = _idle.take(policy)
    done = False
    try:
        yield child
        done = True
    finally:
        if done:
            _idle.give_back(child)
        else:  # it may be in the middle of an answer
            child.close()


class _Idle:
    """Children that wait for files: those of this very process, for a fork has their pipes too."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._owner = os.getpid()
        self._children: list[Child] = []
        self._beginning: threading.Thread | None = None

    def begin(self, call: Callable[[], None]) -> None:
        """Have ``call``, which takes a child and gives it back, done beside; whoever else wants one waits for it."""
        thread = threading.Thread(target=call, daemon=True)
        self._beginning = thread
        thread.start()

    def take(self, policy: SandboxPolicy) -> Child:
        """One that waits, or a new one."""
        beginning = self._beginning
        if beginning is not None and beginning is not threading.current_thread():
            beginning.join()
            self._beginning = None
        with self._lock:
            self._leave_those_of_a_parent()
            while self._children:
                child = self._children.pop()
                if child.policy == policy and child.is_open:
                    return child
                child.close()
        return Child(policy)

    def give_back(self, child: Child) -> None:
        """Keep ``child`` for the next file."""
        with self._lock:
            if child.is_open and len(self._children) < KEPT_CHILDREN:
                self._children.append(child)
                return
        child.close()

    def close(self) -> None:
        """End all."""
        with self._lock:
            self._leave_those_of_a_parent()
            while self._children:
                self._children.pop().close()

    def _leave_those_of_a_parent(self) -> None:
        if self._owner != os.getpid():
            self._owner, self._children = os.getpid(), []


_idle = _Idle()
atexit.register(_idle.close)
