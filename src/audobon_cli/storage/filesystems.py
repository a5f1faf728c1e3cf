"""Which file systems a library may lie on.

SQLite's locks and the shared memory of its write-ahead log need one kernel that sees every process;
over a network they corrupt databases (sqlite.org/howtocorrupt.html, section 2.1). Where the system does not
tell what a folder lies on, nothing is refused.
"""

import os
from pathlib import Path

from audobon_cli.domain.errors import FilesystemUnsupported, OutputUnwritable
from audobon_cli.platforms import current
from audobon_cli.platforms.base import Filesystem

LONGEST_INSIDE = len("/tmp/") + 16 + 1 + 64 + 1
"""A stored file under its temporary name, and the end."""
HINT = "keep the library on a local disk: --library PATH, or AUDOBON_LIBRARY"


def refuse_no_folder(folder: Path) -> None:
    """Raise OutputUnwritable where ``folder`` cannot be made, because it or what is above it is something else."""
    nearest = next((place for place in (folder, *folder.parents) if os.path.lexists(place)), None)
    if nearest is not None and not nearest.is_dir():
        raise OutputUnwritable(f"{nearest} is not a folder.", hint="name another place", path=str(nearest))


def refuse_unfit_filesystem(folder: Path) -> None:
    """Raise FilesystemUnsupported when a library in ``folder``, which need not exist yet, could be damaged there."""
    if len(os.path.abspath(folder)) + LONGEST_INSIDE > current().longest_path:
        raise FilesystemUnsupported(
            f"The library at {folder} would have paths of more than {current().longest_path - 1} characters.",
            hint="name a folder with a shorter path; docs/platforms.md says how Windows takes longer ones",
            path=str(folder),
        )
    found = current().filesystem(folder)
    why = _unfit(found)
    if why:
        raise FilesystemUnsupported(
            f"The library at {folder} lies on {why}.", hint=HINT, path=str(folder), filesystem=found.kind
        )


def _unfit(found: Filesystem) -> str:
    if found.is_remote:
        return f"a network file system ({found.kind or 'network drive'}), where locks cannot be trusted"
    if found.is_in_cloud:
        return "a folder that a cloud service keeps in step, which moves and replaces files while they are in use"
    if found.is_fat and current().name == "windows":
        return f"{found.kind}, which has no journal and no access lists: a power cut can damage it"
    return ""
