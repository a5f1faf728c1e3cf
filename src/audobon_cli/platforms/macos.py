"""macOS. Nothing in here has run on a Mac: see docs/platforms.md."""

import errno
import fcntl
import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from audobon_cli.platforms.posix import PosixPlatform

if TYPE_CHECKING:
    from audobon_cli.platforms.base import Filesystem

RENAME_EXCL = 4  # sys/stdio.h
NETWORK_TYPES = frozenset({"nfs", "smbfs", "afpfs", "webdav", "ftp", "cifs", "macfuse", "osxfuse", "fuse"})
FAT_TYPES = frozenset({"msdos", "exfat"})
CLOUD_FOLDERS = (Path("Library/Mobile Documents"), Path("Library/CloudStorage"))
"""Below the home: iCloud Drive, and OneDrive, Dropbox and others since macOS 12.3."""


class MacosPlatform(PosixPlatform):
    """See Platform."""

    name = "macos"
    run_here = "macOS: nothing has been run on it yet, only what it shares with Linux (docs/platforms.md)"
    longest_place: int | None = 103  # sys/un.h: sun_path has 104, and a zero at its end

    def sync(self, descriptor: int) -> None:
        """See Files. fsync leaves the data in the drive's cache (fsync(2)); disks of others know no F_FULLFSYNC."""
        full_sync = getattr(fcntl, "F_FULLFSYNC", None)
        if full_sync is None:
            os.fsync(descriptor)
            return
        try:
            fcntl.fcntl(descriptor, full_sync)
        except OSError as error:
            if error.errno not in (errno.ENOTSUP, errno.ENOTTY, errno.EINVAL):
                raise
            os.fsync(descriptor)

    def _exclusive_rename(self, source: bytes, target: bytes) -> int | None:
        import ctypes

        library = ctypes.CDLL(None, use_errno=True)
        if not hasattr(library, "renamex_np"):
            return None
        return 0 if library.renamex_np(source, target, RENAME_EXCL) == 0 else ctypes.get_errno()

    def filesystem(self, folder: Path) -> "Filesystem":
        """See Files: as psutil lists what is mounted."""
        import psutil

        from audobon_cli.platforms.base import Filesystem

        path = Path(os.path.realpath(folder))
        in_cloud = any(path.is_relative_to(Path.home() / place) for place in CLOUD_FOLDERS)
        try:
            mounted = psutil.disk_partitions(all=True)
        except (psutil.Error, OSError):
            return Filesystem("", is_in_cloud=in_cloud)
        above = [found for found in mounted if path.is_relative_to(found.mountpoint)]
        kind = max(above, key=lambda found: len(Path(found.mountpoint).parts)).fstype if above else ""
        return Filesystem(kind, kind in NETWORK_TYPES, in_cloud, kind in FAT_TYPES)

    def boot_id(self) -> str:
        """See Processes."""
        return _boot_session()


@cache
def _boot_session() -> str:
    """kern.bootsessionuuid, which the kernel draws at each boot."""
    import ctypes

    library = ctypes.CDLL(None)
    if not hasattr(library, "sysctlbyname"):
        return ""
    answer, size = ctypes.create_string_buffer(64), ctypes.c_size_t(64)
    failed = library.sysctlbyname(
        b"kern.bootsessionuuid", answer, ctypes.byref(size), None, ctypes.c_size_t(0)
    )
    return "" if failed else answer.value.decode("ascii", "replace")
