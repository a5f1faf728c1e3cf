"""What Linux' table of mounts says."""

import re
from pathlib import Path

NETWORK_TYPES = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "coda", "ncpfs", "lustre", "beegfs"}
    | {"gpfs", "davfs", "vboxsf", "prl_fs", "vmhgfs"}
    | {f"fuse.{name}" for name in ("sshfs", "s3fs", "gcsfuse", "rclone", "goofys", "juicefs", "glusterfs")}
    | {f"fuse.{name}" for name in ("davfs2", "ceph", "moosefs", "curlftpfs", "vmhgfs-fuse")}
    | {f"fuse.{name}" for name in ("gvfsd-fuse", "kio-fuse")}
)
FAT_TYPES = frozenset({"vfat", "msdos", "exfat"})


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
