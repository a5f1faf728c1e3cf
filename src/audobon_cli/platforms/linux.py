"""Linux."""

import errno
import os
from collections.abc import Callable, Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from audobon_cli.platforms.control_groups import control_group_cpus, control_group_memory
from audobon_cli.platforms.posix import PosixPlatform

if TYPE_CHECKING:
    from audobon_cli.platforms.base import Confinement, Filesystem

MOUNTS = Path("/proc/self/mountinfo")
MEMORY, SIZES, STATUS, CLEAR = (
    Path("/proc/meminfo"),
    Path("/proc/self/statm"),
    Path("/proc/self/status"),
    Path("/proc/self/clear_refs"),
)
LIKELY_TO_BE_ENDED = Path("/proc/self/oom_score_adj")
BOOT = Path("/proc/sys/kernel/random/boot_id")

AT_FDCWD = -100
RENAME_NOREPLACE = 1  # linux/fs.h
M_MMAP_THRESHOLD = -3  # malloc.h of the GNU C library
LARGE_BYTES = 1024 * 1024
HIDDEN = ("/home", "/root", "/tmp", "/var/tmp", "/mnt", "/media", "/srv")
"""Where people keep what is theirs: nothing of it is seen from inside bubblewrap."""


class LinuxPlatform(PosixPlatform):
    """See Platform."""

    name = "linux"
    run_here = "Linux: the whole test suite runs on it"
    longest_path = 4096
    longest_place: int | None = 107  # unix(7): sun_path has 108, and a zero at its end

    @cached_property
    def _syncfs(self) -> Callable[[int], int] | None:
        import ctypes

        try:
            function = ctypes.CDLL(None, use_errno=True).syncfs
        except (OSError, AttributeError):
            return None
        function.argtypes = [ctypes.c_int]
        function.restype = ctypes.c_int
        return function

    @property
    def can_sync_filesystem(self) -> bool:  # type: ignore[override]
        """See Files."""
        return self._syncfs is not None

    def sync_filesystem(self, descriptor: int) -> None:
        """See Files.

        Open ``descriptor`` before the writes: from Linux 5.8 on, errors of earlier write-backs are reported to
        descriptors that were open when they happened.
        """
        import ctypes

        if self._syncfs is None:
            raise OSError(errno.ENOSYS, "syncfs is not available")
        if self._syncfs(descriptor) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))

    def _exclusive_rename(self, source: bytes, target: bytes) -> int | None:
        import ctypes

        library = ctypes.CDLL(None, use_errno=True)
        if not hasattr(library, "renameat2"):
            return None
        done = library.renameat2(AT_FDCWD, source, AT_FDCWD, target, RENAME_NOREPLACE)
        return 0 if done == 0 else ctypes.get_errno()

    def filesystem(self, folder: Path) -> "Filesystem":
        """See Files: as the table of mounts has it, which containers may lack."""
        from audobon_cli.platforms.base import Filesystem
        from audobon_cli.platforms.mounts import FAT_TYPES, NETWORK_TYPES, filesystem_type

        try:
            mounts = MOUNTS.read_text(encoding="utf-8", errors="surrogateescape")
        except OSError:
            return Filesystem("")
        kind = filesystem_type(Path(os.path.realpath(folder)), mounts) or ""
        return Filesystem(kind, kind in NETWORK_TYPES, is_fat=kind in FAT_TYPES)

    def boot_id(self) -> str:
        """See Processes."""
        return _boot_id()

    def process_started(self, number: int) -> str:
        """See Processes: in ticks since the boot."""
        try:
            # The name in brackets may hold spaces and brackets itself.
            stat = Path(f"/proc/{number}/stat").read_text(encoding="utf-8", errors="replace")
            return stat.rpartition(")")[2].split()[19]
        except (OSError, IndexError):
            return ""

    def resident_bytes(self) -> int:
        """See Machines."""
        try:
            return int(SIZES.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
        except (OSError, ValueError, IndexError):
            import resource

            return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

    def forget_peak(self) -> None:
        """See Machines."""
        try:
            CLEAR.write_text("5", encoding="ascii")
        except OSError:
            return

    def peak_bytes(self) -> int:
        """See Machines: VmHWM, the high-water mark of the resident set."""
        try:
            lines = STATUS.read_text(encoding="ascii", errors="replace").splitlines()
        except OSError:
            return 0
        marks = [line.split() for line in lines if line.startswith("VmHWM:")]
        return int(marks[0][1]) * 1024 if marks else 0

    def memory_bytes(self) -> int:
        """See Machines: no more than the control groups allow."""
        return min(super().memory_bytes(), control_group_memory()[0])

    def available_bytes(self) -> int:
        """See Machines: MemAvailable, and no more than the control groups leave."""
        try:
            lines = MEMORY.read_text(encoding="ascii").splitlines()
            free = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
            return min(free, control_group_memory()[1])
        except (OSError, UnicodeDecodeError, StopIteration, IndexError, ValueError):
            return 0

    def limit_memory(self, count: int) -> bool:
        """See Machines: RLIMIT_DATA, which counts private writable memory (setrlimit(2), from Linux 4.7 on mmap too).
        RLIMIT_AS counts reserved addresses, of which drivers of cards take far more than there is memory."""
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
        held = [one for one in (soft, hard, count) if one != resource.RLIM_INFINITY]
        resource.setrlimit(resource.RLIMIT_DATA, (min(held), hard))
        return True

    def memory_limit(self) -> int:
        """See Machines."""
        import resource

        soft, _ = resource.getrlimit(resource.RLIMIT_DATA)
        return 0 if soft == resource.RLIM_INFINITY else soft

    def give_up(self, memory: int, readable: Sequence[str]) -> "frozenset[Confinement]":
        """See Processes: RLIMIT_DATA, Landlock and seccomp."""
        import contextlib
        import resource

        from audobon_cli.platforms.base import Confinement
        from audobon_cli.platforms.linux_confinement import give_up_calls, give_up_files

        with contextlib.suppress(OSError):  # let it be this one that goes if the machine runs out of memory
            LIKELY_TO_BE_ENDED.write_text("1000", encoding="ascii")
        super().give_up(memory, readable)
        soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
        most = min(one for one in (soft, hard, memory) if one != resource.RLIM_INFINITY)
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))
        held = {Confinement.MEMORY, Confinement.TIME}
        if give_up_files(readable):
            held.add(Confinement.FILES)
        if give_up_calls():
            held |= {Confinement.FILES, Confinement.NETWORK, Confinement.PROCESSES}
        return frozenset(held)

    def enclosing(self, readable: Sequence[str]) -> list[str]:
        """See Processes: bubblewrap, where it is installed. Its namespaces have no network, no other processes, and
        of the disk nothing that can be written to; homes are empty but for ``readable``."""
        import shutil

        program = shutil.which("bwrap")
        if program is None:
            return []
        hidden = [word for place in HIDDEN for word in ("--tmpfs", place) if Path(place).is_dir()]
        below = [path for path in readable if any(Path(path).is_relative_to(place) for place in HIDDEN)]
        shown = [word for path in below for word in ("--ro-bind-try", path, path)]
        apart = ["--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL"]
        return [
            program,
            *apart,
            "--ro-bind",
            "/",
            "/",
            *hidden,
            *shown,
            "--dev",
            "/dev",
            "--proc",
            "/proc",
            "--",
        ]

    def usable_cpus(self) -> int:
        """See Machines: those it is bound to, and no more than its control groups let it keep busy."""
        return max(1, min(len(os.sched_getaffinity(0)), control_group_cpus()))

    def return_large_blocks(self) -> None:
        """See Machines.

        The GNU C library takes a large block that was freed as a sign that more will come, and puts the next ones
        between small ones, where they leave holes: 20 MiB after a hundred packs. Other C libraries are left alone.
        """
        import ctypes

        library = ctypes.CDLL(None)
        if hasattr(library, "gnu_get_libc_version"):
            library.mallopt(M_MMAP_THRESHOLD, LARGE_BYTES)


@cache
def _boot_id() -> str:
    try:
        return BOOT.read_text(encoding="ascii").strip()
    except OSError:
        return ""
