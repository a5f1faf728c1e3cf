"""Which file systems a library may lie on.

SQLite's locks and the shared memory of its write-ahead log need one kernel that sees every process;
over a network they corrupt databases (sqlite.org/howtocorrupt.html, section 2.1). On systems without
/proc (macOS) nothing is checked.
"""

import os
import re
from pathlib import Path

from audobon_cli.domain.errors import FilesystemUnsupported

MOUNTS = Path("/proc/self/mountinfo")

NETWORK_TYPES = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "coda", "ncpfs", "lustre", "beegfs"}
    | {"gpfs", "davfs", "vboxsf", "prl_fs", "vmhgfs"}
    | {f"fuse.{name}" for name in ("sshfs", "s3fs", "gcsfuse", "rclone", "goofys", "juicefs", "glusterfs")}
    | {f"fuse.{name}" for name in ("davfs2", "ceph", "moosefs", "curlftpfs", "vmhgfs-fuse")}
    | {f"fuse.{name}" for name in ("gvfsd-fuse", "kio-fuse")}
)


def filesystem_type(path: Path, mounts: str) -> str | None:
    """The type of the file system that holds ``path`` (absolute, links resolved); None if unknown.

    ``mounts`` is the text of /proc/self/mountinfo, whose later lines lie over earlier ones.
    """
    best: tuple[int, str] | None = None
    for line in mounts.splitlines():
        left, separator, right = line.partition(" - ")
        fields = left.split(" ")
        if not separator or len(fields) < 5:
            continue
        mount_point = Path(re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), fields[4]))
        depth = len(mount_point.parts)
        if path.is_relative_to(mount_point) and (best is None or depth >= best[0]):
            best = (depth, right.split(" ")[0])
    return best[1] if best else None


def refuse_network_filesystem(folder: Path) -> None:
    """Raise FilesystemUnsupported when ``folder``, which need not exist yet, lies on a network."""
    try:
        mounts = MOUNTS.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return
    kind = filesystem_type(Path(os.path.realpath(folder)), mounts)
    if kind in NETWORK_TYPES:
        raise FilesystemUnsupported(
            f"The library at {folder} lies on a network file system ({kind}), where locks cannot be trusted.",
            hint="keep the library on a local disk: --library PATH, or AUDOBON_LIBRARY",
            path=str(folder),
            filesystem=kind,
        )
