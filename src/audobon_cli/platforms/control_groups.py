"""What Linux's control groups allow this process: processors and memory. Containers are limited so."""

from collections.abc import Iterator
from pathlib import Path

GROUPS, GROUP_FILES = Path("/proc/self/cgroup"), Path("/sys/fs/cgroup")
UNLIMITED = 2**20
UNLIMITED_BYTES = 2**62
"""Version 1 writes a number near 2^63 where there is no limit."""


def control_group_cpus(membership: Path = GROUPS, mounted: Path = GROUP_FILES) -> int:
    """Processors that the control groups of this process allow, rounded up; a large number without a limit.

    A group's limit is the least of its own and of those above it: microseconds of work in a period of so many
    (Linux, Documentation/admin-guide/cgroup-v2.rst, "cpu.max"; in version 1 cpu.cfs_quota_us, below 0 for none).
    """
    groups = _groups("cpu", membership, mounted)
    return min([UNLIMITED, *(_cpus(folder, first) for folder, first in groups)])


def control_group_memory(membership: Path = GROUPS, mounted: Path = GROUP_FILES) -> tuple[int, int]:
    """Bytes of memory that the control groups of this process allow, and those that are left of them: the least of its
    own group's and of those above it. UNLIMITED_BYTES twice without a limit.

    Pages of files that were not used lately are given up before anything is refused: they count as left
    ("memory.max", "memory.current" and "inactive_file" there).
    """
    groups = [_memory(folder, first) for folder, first in _groups("memory", membership, mounted)]
    limits, left = zip((UNLIMITED_BYTES, UNLIMITED_BYTES), *groups, strict=True)
    return min(limits), min(left)


def _groups(controller: str, membership: Path, mounted: Path) -> Iterator[tuple[Path, bool]]:
    """The folders of the groups that limit this process, and whether each is of version 1."""
    try:
        lines = membership.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, path = (*line.split(":", 2), "", "")[:3]
        if controllers and controller not in controllers.split(","):
            continue
        root = mounted / controller if controllers else mounted
        # In a container the path may be that of the machine, which is not to be seen here: its own group is the root.
        own = root / path.strip("/")
        for folder in {root, own, *own.parents[: len(own.relative_to(root).parts)]}:
            yield folder, bool(controllers)


def _cpus(folder: Path, first_version: bool) -> int:
    names = ("cpu.cfs_quota_us", "cpu.cfs_period_us") if first_version else ("cpu.max",)
    try:
        words = " ".join((folder / name).read_text(encoding="ascii") for name in names).split()
        allowed, period = int(words[0]), int(words[1])
        return -(-allowed // period) if allowed > 0 else UNLIMITED
    except (OSError, ValueError, IndexError, ZeroDivisionError):
        return UNLIMITED


def _memory(folder: Path, first_version: bool) -> tuple[int, int]:
    names = ("memory.max", "memory.current", "inactive_file")
    if first_version:
        names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
    try:
        limit, used = (int((folder / name).read_text(encoding="ascii")) for name in names[:2])
    except (OSError, ValueError):
        return UNLIMITED_BYTES, UNLIMITED_BYTES
    return limit, max(0, limit - max(0, used - _statistic(folder / "memory.stat", names[2])))


def _statistic(file: Path, name: str) -> int:
    try:
        lines = file.read_text(encoding="ascii").splitlines()
        return next((int(line.split()[1]) for line in lines if line.startswith(f"{name} ")), 0)
    except (OSError, ValueError, IndexError):
        return 0
