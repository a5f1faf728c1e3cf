"""The graph of commits: ancestors, and where two lines of work parted."""

import heapq
from collections.abc import Callable, Iterator

from audobon_cli.history.model.commits import Commit, CommitId

ReadCommit = Callable[[CommitId], Commit]


def ancestors(read: ReadCommit, start: CommitId) -> Iterator[tuple[CommitId, Commit]]:
    """``start`` and all that came before it, newest first; a commit never before all its children.

    Times may lie (clocks jump), so children are counted as well as times compared.
    """
    commits: dict[CommitId, Commit] = {}
    waiting: dict[CommitId, int] = {start: 0}
    stack = [start]
    while stack:
        name = stack.pop()
        commits[name] = read(name)
        for parent in commits[name].parents:
            if parent not in waiting:
                waiting[parent] = 0
                stack.append(parent)
            waiting[parent] += 1
    ready = [_dated(start, commits[start])]
    while ready:
        _, name = heapq.heappop(ready)
        yield name, commits[name]
        for parent in commits[name].parents:
            waiting[parent] -= 1
            if not waiting[parent]:
                heapq.heappush(ready, _dated(parent, commits[parent]))


def is_ancestor(read: ReadCommit, older: CommitId, newer: CommitId) -> bool:
    """Whether ``older`` is ``newer`` or came before it."""
    seen = {newer}
    stack = [newer]
    while stack:
        name = stack.pop()
        if name == older:
            return True
        for parent in read(name).parents:
            if parent not in seen:
                seen.add(parent)
                stack.append(parent)
    return False


def merge_base(read: ReadCommit, ours: CommitId, theirs: CommitId) -> CommitId | None:
    """The newest common ancestor that is no ancestor of another one; None for unrelated histories.

    Of several (after criss-cross merges) the one with the latest time, then the smallest id, so that both sides
    of a merge choose the same.
    """
    own = {name for name, _ in ancestors(read, ours)}
    common = {name: commit for name, commit in ancestors(read, theirs) if name in own}
    beaten = {parent for commit in common.values() for parent in commit.parents}
    best = [name for name in common if name not in beaten]
    return min(best, key=lambda name: _dated(name, common[name])) if best else None


def _dated(name: CommitId, commit: Commit) -> tuple[float, CommitId]:
    return -commit.time.timestamp(), name
