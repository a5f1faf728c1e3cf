"""How many processors a container may keep busy, and how much memory it may take."""

from pathlib import Path

import pytest

from audobon_cli.platforms.control_groups import (
    UNLIMITED,
    UNLIMITED_BYTES,
    control_group_cpus,
    control_group_memory,
)

SECOND = "0::/box/inner\n"
FIRST = "4:memory:/box\n2:cpu,cpuacct:/box\n0::/\n"


@pytest.mark.parametrize(
    ("membership", "files", "expected"),
    [
        (SECOND, {}, UNLIMITED),
        (SECOND, {"box/inner/cpu.max": "max 100000\n"}, UNLIMITED),
        (SECOND, {"box/inner/cpu.max": "200000 100000\n"}, 2),
        (SECOND, {"box/inner/cpu.max": "150000 100000\n"}, 2),
        (SECOND, {"box/inner/cpu.max": "50000 100000\n"}, 1),
        (SECOND, {"box/inner/cpu.max": "800000 100000\n", "box/cpu.max": "300000 100000\n"}, 3),
        ("0::/of/the/machine\n", {"cpu.max": "400000 100000\n"}, 4),
        ("0::/../..\n", {"cpu.max": "400000 100000\n"}, 4),
        (SECOND, {"box/inner/cpu.max": "what\n"}, UNLIMITED),
        (SECOND, {"box/inner/cpu.max": "100000 0\n"}, UNLIMITED),
        (FIRST, {"cpu/box/cpu.cfs_quota_us": "300000\n", "cpu/box/cpu.cfs_period_us": "100000\n"}, 3),
        (FIRST, {"cpu/box/cpu.cfs_quota_us": "-1\n", "cpu/box/cpu.cfs_period_us": "100000\n"}, UNLIMITED),
        ("nonsense\n", {}, UNLIMITED),
    ],
)
def test_the_least_limit_counts(
    membership: str, files: dict[str, str], expected: int, tmp_path: Path
) -> None:
    groups, mounted = tmp_path / "cgroup", tmp_path / "fs"
    groups.write_text(membership)
    mounted.mkdir()
    for name, text in files.items():
        (mounted / name).parent.mkdir(parents=True, exist_ok=True)
        (mounted / name).write_text(text)
    assert control_group_cpus(groups, mounted) == expected


def test_where_nothing_is_told_nothing_is_limited(tmp_path: Path) -> None:
    assert control_group_cpus(tmp_path / "none", tmp_path) == UNLIMITED


LIMITED = {"memory.max": "1000\n", "memory.current": "700\n", "memory.stat": "anon 300\ninactive_file 200\n"}
OLD = {
    "memory.limit_in_bytes": "1000\n",
    "memory.usage_in_bytes": "700\n",
    "memory.stat": "inactive_file 1\ntotal_inactive_file 200\n",
}


@pytest.mark.parametrize(
    ("membership", "files", "expected"),
    [
        (SECOND, {}, (UNLIMITED_BYTES, UNLIMITED_BYTES)),
        (SECOND, {"box/inner/memory.max": "max\n"}, (UNLIMITED_BYTES, UNLIMITED_BYTES)),
        (SECOND, {f"box/inner/{name}": text for name, text in LIMITED.items()}, (1000, 500)),
        (SECOND, {f"box/{name}": text for name, text in LIMITED.items()}, (1000, 500)),
        ("0::/of/the/machine\n", LIMITED, (1000, 500)),
        (SECOND, {"memory.max": "1000\n", "memory.current": "1200\n"}, (1000, 0)),
        (FIRST, {f"memory/box/{name}": text for name, text in OLD.items()}, (1000, 500)),
        ("nonsense\n", {}, (UNLIMITED_BYTES, UNLIMITED_BYTES)),
    ],
)
def test_the_least_memory_counts(
    membership: str, files: dict[str, str], expected: tuple[int, int], tmp_path: Path
) -> None:
    groups, mounted = tmp_path / "membership", tmp_path / "mounted"
    groups.write_text(membership)
    for name, text in files.items():
        (mounted / name).parent.mkdir(parents=True, exist_ok=True)
        (mounted / name).write_text(text)
    assert control_group_memory(groups, mounted) == expected
